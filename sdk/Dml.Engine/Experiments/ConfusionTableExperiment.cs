using System.Globalization;
using Dml.Engine.Config;
using Dml.Engine.Explaining;
using Dml.Engine.Reporting;
using Dml.Engine.Sessions;
using Dml.Engine.Training;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Experiments;

/// <summary>
/// Are the estimators right about help and harm (Liu et al., NeurIPS 2022, table 1)? For each confusion the head is retrained for an epoch on
/// cached features with the helpful samples weighted 2 and the harmful ones 0; an estimator that is right moves the confused items apart.
/// All retrainings of a run see the same batches, so that differences are the estimators'; one with all weights 1 is the yardstick.
/// </summary>
internal static class ConfusionTableExperiment
{
    public const string Name = "confusion-table";

    /// <summary>Chance: every sample is helpful or harmful by a coin.</summary>
    private const string Coins = "random signs";

    private const string Unweighted = "unweighted";

    public static ExperimentResult Run(ExperimentContext context)
    {
        string[] estimators = [.. context.Estimators(), Coins];
        var measured = context.Runs.SelectMany(run => Measure(context, run, estimators)).ToList();
        var comparisons = new List<IReadOnlyList<ExperimentCell>>();
        var rows = new List<IReadOnlyList<ExperimentCell>>();
        var figures = new List<ExperimentFigure>();
        foreach (var group in measured.GroupBy(m => (m.Loss, m.Kind)))
        {
            string[] names = [.. estimators, Unweighted];
            rows.AddRange(names.Select(name => Row(group.Key.Loss, group.Key.Kind, name, [.. group], context.Options.Seed)));
            figures.Add(new($"confusion-table-{group.Key.Loss}-{group.Key.Kind}", $"Change of d, {group.Count()} {group.Key.Kind}, {group.Key.Loss}", "mean change of d with its 95 % interval; above 0 the confused items moved apart", "")
            {
                Bars = [.. names.Select(name => (Name: name, Interval: BootstrapInterval.Of([.. group.Select(m => m.Change(name))], context.Options.Seed))).Select(b => new FigureBar(b.Name, b.Interval.Mean, b.Interval.Low, b.Interval.High))],
            });
            var pairsOfNames = Enumerable.Range(0, names.Length).SelectMany(i => names[(i + 1)..].Select(second => (First: names[i], Second: second)));
            comparisons.AddRange(pairsOfNames.Select(p => Comparison(group.Key.Loss, group.Key.Kind, p.First, p.Second, [.. group], context.Options.Seed)));
        }

        return new(
            Name, "Does what an estimator says move the confusion?",
            ["The change of d after an epoch of retraining the head with the helpful samples weighted 2 and the harmful ones 0; above 0 the confused items moved apart.",
                "The confusions of a run share a model and its training data, so intervals and p-values describe these runs, not training at large."],
            [.. context.Runs.Select(r => r.Folder.Path)],
            ExperimentContext.Settings(("pairs", $"{context.Options.Pairs}"), ("groups", $"{context.Options.Groups}"), ("settings of estimators", context.ShownSettings), ("augment", context.Options.Augment == ExperimentViews.None ? "none: cached features" : "published: features of augmented images, the backbone in evaluation mode"), ("optimiser", "Adam 4e-5, one epoch, class-balanced batches of the run's size"), ("batch seed", $"{context.Options.Seed}"), ("interval", "bootstrap over confusions, 95 %"), ("test", "Wilcoxon signed rank, two-sided")),
            [
                new("confusion-table", "Change of d by estimator", ["loss", "confusions", "weights by", "number", "mean d before", "mean change", "from", "to", "moved apart", "further than unweighted", "p (change is 0)"], rows),
                new("confusion-comparison", "Estimators side by side, paired by confusion", ["loss", "confusions", "first", "second", "mean difference", "from", "to", "first is further", "p"], comparisons),
                new("confusion-each", "Each confusion", ["run", "confusion", "kind", "weights by", "d before", "d after"],
                    [.. measured.SelectMany(m => m.After.Select(a => (IReadOnlyList<ExperimentCell>)[m.Run, m.Target, m.Kind, a.Key, ExperimentCell.Short(m.Before), ExperimentCell.Short(a.Value)]))]),
            ],
            figures);
    }

    private static IEnumerable<Measured> Measure(ExperimentContext context, ExperimentRun run, IReadOnlyList<string> estimators)
    {
        using var model = context.OpenModel(run);
        if (context.Options is { Pairs: 0, Groups: 0 }) throw new DmlException("experiment.pairs: expected pairs or groups to explain, found 0 of both; raise one.");
        var targets = new TargetSelection([], context.Options.Pairs > 0 ? context.Options.Pairs.ToString(CultureInfo.InvariantCulture) : null, context.Options.Groups).Choose(model.TestLabels, model.Neighbours);
        var retraining = new HeadRetraining(Options(run));
        using var features = context.Options.Augment == ExperimentViews.Published ? Augmented(context, run) : null;
        var after = estimators.ToDictionary(name => name, name => After(context, run, model, targets, retraining, features, name), StringComparer.Ordinal);
        var plain = context.Units.Get($"{run.Folder.Path} {Unweighted}", () =>
        {
            using var session = model.OpenInfluence(ScalarType.Float32, context.Progress, context.CancellationToken);
            double[] weights = [.. Enumerable.Repeat(1.0, model.Features.TrainCount)];
            using var head = retraining.Run(With(session.Context, features), weights, context.Options.Seed, Silent.Instance, context.CancellationToken);
            return [.. Distances(session.Context, session.Context.HeadWeight, targets), .. Distances(session.Context, head, targets)];
        });
        return targets.Select((t, i) => new Measured(
            run.Name, run.Loss, t.Confusion.Name, t.Confusion.Kind == ConfusionKind.Pair ? "pairs" : "groups", plain[i],
            [.. estimators.Select(e => KeyValuePair.Create(e, after[e][i])), KeyValuePair.Create(Unweighted, plain[targets.Count + i])])).ToList();
    }

    /// <summary>d of every target after retraining with the weights that the estimator gives it.</summary>
    private static double[] After(ExperimentContext context, ExperimentRun run, Model model, IReadOnlyList<SelectedTarget> targets, HeadRetraining retraining, Tensor? features, string estimator)
    {
        var harm = estimator == Coins ? Flip(targets.Count * model.Features.TrainCount, context.Options.Seed) : context.Units.Get($"{run.Folder.Path} {estimator} harm", () =>
            [.. context.Harm(model, estimator, [.. targets.Select(t => t.Confusion)]).SelectMany(h => h)]);
        using var opened = model.OpenInfluence(ScalarType.Float32, context.Progress, context.CancellationToken);
        var count = model.Features.TrainCount;
        return [.. targets.Select((target, t) =>
        {
            context.Progress.Report(new($"retrain the head, {estimator} on {run.Name}", t + 1, targets.Count));
            return context.Units.Get($"{run.Folder.Path} {estimator} {t} {target.Confusion.Name}", () =>
            {
                var own = harm.AsSpan(t * count, count).ToArray();
                var weights = retraining.SampleWeights(count, ScoreRanking.MostHelpful(own, count), ScoreRanking.MostHarmful(own, count));
                using var head = retraining.Run(With(opened.Context, features), weights, context.Options.Seed, Silent.Instance, context.CancellationToken);
                return Distances(opened.Context, head, [target]);
            })[0];
        })];
    }

    private static Tensor Augmented(ExperimentContext context, ExperimentRun run)
    {
        using var network = context.OpenEmbedder(run, [.. Enumerable.Range(0, run.Dataset.Training.Count)]);
        return network.AugmentedFeatures(context.Options.Seed, context.Progress, context.CancellationToken);
    }

    private static InfluenceContext With(InfluenceContext context, Tensor? features) => features is null ? context : context with { TrainFeatures = features };

    private static double[] Flip(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(2) == 0 ? -1.0 : 1.0)];
    }

    private static double[] Distances(InfluenceContext context, Tensor head, IReadOnlyList<SelectedTarget> targets) =>
        [.. ConfusionDistance.Of([.. targets.Select(t => t.Confusion)], context.TestFeatures, head, context.HeadBias).Select(d => d.Evaluate(d.Embeddings))];

    /// <summary>The published numbers, in batches of the run's own size.</summary>
    public static HeadRetrainingOptions Options(ExperimentRun run)
    {
        var training = ConfigFile.Load(run.Folder.Config)[HostSections.Training];
        return new() { BatchClasses = Size("batchClasses"), BatchImages = Size("batchImages") };

        int Size(string key) => int.Parse(training![key]!.Text, CultureInfo.InvariantCulture);
    }

    private static IReadOnlyList<ExperimentCell> Row(string loss, string kind, string name, Measured[] measured, int seed)
    {
        double[] changes = [.. measured.Select(m => m.Change(name))];
        var interval = BootstrapInterval.Of(changes, seed);
        return
        [
            loss, kind, name, measured.Length, ExperimentCell.Short(measured.Average(m => m.Before)), ExperimentCell.Short(interval.Mean), ExperimentCell.Short(interval.Low), ExperimentCell.Short(interval.High),
            ExperimentCell.Share(changes.Count(c => c > 0) / (double)changes.Length),
            ExperimentCell.Share(name == Unweighted ? null : measured.Count(m => m.Change(name) > m.Change(Unweighted)) / (double)measured.Length),
            ExperimentCell.Short(SignedRankTest.Of(changes).PValue),
        ];
    }

    private static IReadOnlyList<ExperimentCell> Comparison(string loss, string kind, string first, string second, Measured[] measured, int seed)
    {
        double[] differences = [.. measured.Select(m => m.Change(first) - m.Change(second))];
        var interval = BootstrapInterval.Of(differences, seed);
        return
        [
            loss, kind, first, second, ExperimentCell.Short(interval.Mean), ExperimentCell.Short(interval.Low), ExperimentCell.Short(interval.High),
            ExperimentCell.Share(differences.Count(d => d > 0) / (double)differences.Length), ExperimentCell.Short(SignedRankTest.Of(differences).PValue),
        ];
    }

    /// <summary>One confusion of one run: d before, and after retraining with the weights of each estimator.</summary>
    private sealed record Measured(string Run, string Loss, string Target, string Kind, double Before, IReadOnlyList<KeyValuePair<string, double>> After)
    {
        public double Change(string name) => After.First(a => a.Key == name).Value - Before;
    }

    /// <summary>A retraining takes a moment; what is told of is the confusions.</summary>
    internal sealed class Silent : IProgress<ProgressReport>
    {
        public static readonly Silent Instance = new();

        public void Report(ProgressReport value)
        {
        }
    }
}
