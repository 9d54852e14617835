using System.CommandLine;
using Dml.Engine;
using Dml.Engine.Explaining;
using Dml.Engine.Features;
using Dml.Engine.Runs;
using Dml.Engine.Training;
using Dml.Host.Terminal;

namespace Dml.Host.Commands;

/// <summary>dml influence: which training samples cause which confusion.</summary>
internal static class InfluenceCommand
{
    public static Command Create()
    {
        var command = new Command("influence", "Scores every training sample by its influence on confusions; harm > 0 means harmful.");
        var source = ModelSource.AddTo(command);
        var top = new Option<int>("--top")
        {
            Description = "Most harmful and most helpful samples of each target in top.csv.",
            HelpName = "N",
            DefaultValueFactory = _ => 50,
        };
        var (precision, checkpoints) = (CommonOptions.Precision(), CommonOptions.Checkpoints());
        var grid = GridOptions.AddTo(command);
        var targets = TargetOptions.AddTo(command, " to explain");
        foreach (var option in new Option[] { top, checkpoints, precision }) command.Options.Add(option);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (progress, token) =>
            {
                if (arguments.GetValue(top) is var count and < 1) throw new DmlException($"--top: expected a number of at least 1, found {count}.");
                var (part, selection) = (grid.Read(arguments), targets.Read(arguments));
                using var model = source.Open(arguments, withPlugins: true);
                model.ReadCheckpoints(arguments.GetValue(checkpoints)!);
                var folder = source.OutputFolder(arguments, model, required: true)!;
                using var held = WriterLock.Take(folder, "influence", shared: part.SolveOnly || part.Shard.Count > 1);
                Explain(model, selection, CommonOptions.ParsePrecision(arguments.GetValue(precision)!), arguments.GetValue(top), folder, part, progress, token);
            },
            cancellation)));
        return command;
    }

    /// <summary>Computes, writes the files and prints one line a target; of a part of the work it leaves the working files alone.</summary>
    public static void Explain(
        Model model, TargetSelection selection, TorchSharp.torch.ScalarType precision, int top, string folder, GridPart part,
        IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var targets = selection.Choose(model.TestLabels, model.Neighbours, model.TestIds);
        if (part.Shard.NeedsSolvedTargets && !InfluenceParts.Exist(folder)) throw Shard.Unsolved();
        var parts = Compute(model, targets, precision, top, folder, part, progress, cancellationToken);

        if (part.SolveOnly || part.Shard.Count > 1)
        {
            Console.WriteLine(part.SolveOnly
                ? $"Solved {targets.Count} targets in {InfluenceParts.FolderOf(folder)}; score the samples with --shard i/n --shard-by samples."
                : $"Part {part.Shard.Index} of {part.Shard.Count} is done in {InfluenceParts.FolderOf(folder)}; "
                    + $"`dml merge {folder}` joins the parts once all are there.");
            return;
        }

        using var result = InfluenceFiles.Write(folder, parts, model.Names);
        parts.Remove();
        Print(result, model.Names);
        Console.WriteLine($"Wrote {InfluenceFiles.Scores}, {InfluenceFiles.Summary} and {InfluenceFiles.Top} to {folder}.");
        CommandOutput.Current.AddFile("influence", Path.Combine(folder, InfluenceFiles.Summary));
        if (model.Run is { } explained) NextStep.Say($"dml report {NextStep.Shown(explained)}", "shows them with their pictures", "influence");
        if (model.Run is { } run && Path.GetFullPath(folder) == run.Path)
        {
            RunLog.Add(run, "influence", json =>
            {
                json.WriteString("estimator", result.Estimator);
                json.WriteNumber("targets", targets.Count);
            });
        }
    }

    private static InfluenceParts Compute(
        Model model, IReadOnlyList<Confusion> targets, TorchSharp.torch.ScalarType precision, int top, string folder, GridPart part,
        IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        using var session = model.OpenInfluence(precision, progress, cancellationToken);
        var alone = !part.SolveOnly && part.Shard.Count == 1;
        var parts = InfluenceParts.StartOrGoOn(folder, Plan(session, model, targets, top, part), alone);
        try
        {
            InfluenceEngine.Run(session, parts, part.Shard, part.SolveOnly, progress, cancellationToken);
            return parts;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new TrainingStoppedException($"Stopped; the same command goes on with what is done in {InfluenceParts.FolderOf(folder)}.");
        }
        catch (DmlException) when (alone)
        {
            // What cannot be finished with these settings would stand in the way of others.
            parts.Remove();
            throw;
        }
    }

    /// <summary>One line a target.</summary>
    public static void Print(InfluenceResult result, SampleNames names)
    {
        for (var row = 0; row < result.Scores.Targets.Count; row++) Console.WriteLine(InfluenceText.Line(result, row, names));
        foreach (var note in result.Notes) Console.WriteLine($"Note: {note}");
    }

    private static InfluencePlan Plan(InfluenceSession session, Model model, IReadOnlyList<Confusion> targets, int top, GridPart part) => new(
        session.EstimatorPlugin.Name, session.EstimatorPlugin.Settings, session.LossPlugin.Name, session.LossPlugin.Settings,
        session.Context.Loss.IsMeanOfSamples, session.Estimator.IsSigned,
        session.Context.Precision == TorchSharp.torch.ScalarType.Float64 ? "float64" : "float32", session.Context.TrainCount,
        Path.GetFullPath(model.Features.Source), InfluencePlan.Fingerprint(model.Features.Source),
        [.. model.CheckpointPaths.Select(InfluencePlan.Fingerprint)], part.SampleBlock, part.TargetBlock,
        TorchSharp.torch.get_num_threads(), InfluencePlan.ThisProcessor(), top, targets)
    {
        Inputs = model.Origin.Inputs,
        Builds = session.Builds,
    };
}
