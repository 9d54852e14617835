using System.CommandLine;
using System.Globalization;
using Dml.Engine;
using Dml.Engine.Evaluation;
using Dml.Engine.Runs;
using Dml.Host.Terminal;

namespace Dml.Host.Commands;

/// <summary>dml evaluate: retrieval metrics of the test split.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var command = new Command("evaluate", "Computes R@k, MAP@R, NMI and the figures of each class of the test split from cached features.");
        var source = ModelSource.AddTo(command);
        var perClass = new Option<bool>("--per-class") { Description = "Print the figures of each class, most wrong first." };
        command.Options.Add(perClass);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (progress, token) =>
            {
                using var model = source.Open(arguments, withPlugins: false, evaluates: true);
                var folder = source.OutputFolder(arguments, model, required: false);
                using var held = folder is null ? null : WriterLock.Take(folder, "evaluate");
                var metrics = Evaluate(model, new(source.Evaluation(arguments, model), progress, token));
                Print(metrics);
                CommandOutput.Current.Add("metrics", metrics, RunJson.Default.RunMetrics);
                foreach (var name in metrics.Metrics?.Keys ?? []) Console.WriteLine($"{name}: {MetricList.Find(name)?.Meaning}");
                if (arguments.GetValue(perClass)) Console.Write(Table(metrics.Classes));
                if (folder is null) return;
                metrics.Write(new RunFolder(folder), model.Origin);
                Console.WriteLine($"Wrote metrics.json and classes.csv to {folder}.");
            },
            cancellation)));
        return command;
    }

    /// <summary>Prints the metrics; the views on a second line where there are two.</summary>
    public static void Print(RunMetrics metrics)
    {
        List<(string Name, double Value)> figures = [.. metrics.Recall.Select(r => ($"R@{r.Key}", r.Value))];
        if (metrics.MapAtR is { } mapAtR) figures.Add(("MAP@R", mapAtR));
        if (metrics.Nmi is { } nmi) figures.Add(("NMI", nmi));
        foreach (var (name, value) in metrics.Metrics ?? Enumerable.Empty<KeyValuePair<string, double?>>())
        {
            if (value is { } known) figures.Add((name, known));
        }

        Console.WriteLine(
            string.Join("  ", figures.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Name} {f.Value:0.0000}")))
            + $"  ({metrics.WrongItems} of {metrics.TestItems} test items wrong)");
        if (metrics.LoneItems is { } lone)
        {
            var which = lone == 1 ? "1 of the wrong items is the only one of its class" : $"{lone} of the wrong items are the only ones of their class";
            Console.WriteLine($"{which} among those searched, so that no model gets it right.");
        }

        foreach (var tie in metrics.Ties ?? [])
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"R@{tie.K} of {tie.Queries} queries is decided by a tie, that is by the order of the items; "
                    + $"over all orders it is {tie.ExpectedRecall:0.0000}."));
        }

        if (metrics.InfluenceView is not { } influence) return;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"These are of the evaluation view (cropped); "
                + $"in the influence view R@1 is {influence.RecallAt1:0.0000}  ({influence.WrongItems} of {metrics.TestItems} test items wrong)"));
    }

    private static RunMetrics Evaluate(Model model, RetrievalEvaluation evaluation)
    {
        var epochs = model.Run is { } run ? RunMetrics.TryRead(run.Metrics)?.Epochs ?? [] : [];
        return evaluation.Evaluate(model.Features, model.Dataset, epochs);
    }

    private static string Table(IReadOnlyList<ClassRecord> classes) => TextTable.Render(
        ["class", "items", "wrong", "R@1", "MAP@R", .. classes.Count == 0 ? [] : classes[0].Metrics?.Keys ?? [], "most confused with"],
        [.. classes.Select(c => (IReadOnlyList<string>)
        [
            c.Name, Text(c.Items), Text(c.Wrong), Share(c.RecallAt1), Share(c.MapAtR), .. (c.Metrics?.Values ?? []).Select(Share),
            c.ConfusedName is { } other ? $"{other} ({Text(c.ConfusedCount)})" : "-",
        ])]);

    private static string Text(int count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Share(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "-";
}
