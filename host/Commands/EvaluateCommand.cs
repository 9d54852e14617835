using System.CommandLine;
using System.Globalization;
using Dml.Host.Explaining;
using Dml.Host.Runs;

namespace Dml.Host.Commands;

/// <summary>dml evaluate: retrieval metrics of the test split.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var command = new Command("evaluate", "Computes R@k of the test split from cached features.");
        var source = ModelSource.AddTo(command);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (_, token) =>
            {
                using var model = source.Open(arguments, withPlugins: false);
                Evaluate(model, source.OutputFolder(arguments, model, required: false), token);
            },
            cancellation)));
        return command;
    }

    /// <summary>Evaluates, prints, and writes metrics.json where there is a folder.</summary>
    public static void Evaluate(TrainedModel model, string? folder, CancellationToken cancellationToken)
    {
        var epochs = model.Run is { } run ? RunMetrics.TryRead(run.Metrics)?.Epochs ?? [] : [];
        var metrics = RetrievalEvaluation.Evaluate(model.Features, model.Dataset?.QueryCount, epochs, cancellationToken);
        Print(metrics);
        if (folder is null) return;
        var path = new RunFolder(folder).Metrics;
        metrics.Write(path);
        Console.WriteLine($"Wrote {Path.GetFileName(path)} to {folder}.");
    }

    public static void Print(RunMetrics metrics) => Console.WriteLine(
        string.Join("  ", metrics.Recall.Select(r => string.Create(CultureInfo.InvariantCulture, $"R@{r.Key} {r.Value:0.0000}")))
        + $"  ({metrics.WrongItems} of {metrics.TestItems} test items wrong)");
}
