using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Runs;
using Dml.Explorer.Api;

namespace Dml.Explorer.Views;

/// <summary>What a run is, from its small files.</summary>
internal static class RunFigures
{
    /// <summary>Gathers it.</summary>
    /// <param name="session">The session.</param>
    public static RunAnswer Of(ExplorerSession session)
    {
        var (run, model, items) = (session.Run, session.Model, session.Items);
        var config = ConfigFile.Load(run.Folder.Config);
        var classes = new RunClasses(items.Classes(ItemList.Train), items.Classes(ItemList.Test));
        return new(
            run.Name, run.Path, config["loss"]?["name"]?.Text ?? "", run.Dataset.Name, config["backbone"]?["name"]?.Text ?? "",
            session.Causes.Estimators.Count > 0, items.HasImages,
            new(model.TrainingIds.Count, model.TestIds.Count, classes.Train.Count, classes.Test.Count, session.Errors.Count),
            Quality(run.Folder), [.. session.Causes.Estimators.Select(name => Estimator(model, name))], classes,
            [.. model.Warnings, .. RunFacts.Read(run.Folder).Warnings]);
    }

    private static RunEstimator Estimator(Model model, string name)
    {
        var plugin = model.Catalog.OfKind(PluginKind.Estimator).First(p => p.Name == name);
        return new(name, plugin.Descriptor.Summary, name == model.DefaultEstimator);
    }

    private static IReadOnlyList<RunFigure> Quality(RunFolder run)
    {
        if (RunMetrics.TryRead(run.Metrics) is not { } metrics) return [];
        if (metrics.InfluenceView is { } own)
        {
            // The page's errors, neighbours and causes are of this view; figures of another beside them contradict them unless they are told apart.
            return
            [
                new("R@1", own.RecallAt1, "Share of queries whose nearest item has their class, in the view whose errors this page shows."),
                .. Figures(metrics).Select(f => f with { Name = $"{f.Name}, evaluation view", Says = $"{f.Says} In the view that metrics are of." }),
            ];
        }

        return Figures(metrics);
    }

    private static IReadOnlyList<RunFigure> Figures(RunMetrics metrics)
    {
        List<RunFigure> figures =
        [
            .. metrics.Recall.Select(r => new RunFigure($"R@{r.Key}", r.Value, $"Share of queries with an item of their class among the {r.Key} nearest.")),
        ];
        if (metrics.MapAtR is { } map) figures.Add(new("MAP@R", map, "Mean average precision at R, the number of relevant items."));
        if (metrics.Nmi is { } nmi) figures.Add(new("NMI", nmi, "Normalised mutual information of k-means clusters and classes."));
        return figures;
    }
}
