using System.CommandLine;
using Dml.Engine.Explaining;
using Dml.Engine.Features;
using Dml.Engine.Reporting;
using Dml.Engine.Runs;
using Dml.Host.Terminal;
using Dml.Torch;

namespace Dml.Host.Commands;

/// <summary>dml merge: joins the parts of an influence computation that several processes did.</summary>
internal static class MergeCommand
{
    public static Command Create()
    {
        var command = new Command("merge", "Joins parts made by `dml influence --shard` into the files that one process would have written.");
        var folders = new Argument<string[]>("DIR")
        {
            Description = "Output folders with parts; results go to the first, or to --out.",
            Arity = ArgumentArity.OneOrMore,
        };
        var features = new Option<string?>("--features")
        {
            Description = "The features file, where it is not at the place that the parts name.",
            HelpName = "FILE",
        };
        var output = CommonOptions.Out("Where the results go; the first DIR when not given.");
        command.Arguments.Add(folders);
        command.Options.Add(features);
        command.Options.Add(output);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (_, _) => Merge(arguments.GetValue(folders)!, arguments.GetValue(features), arguments.GetValue(output)), cancellation)));
        return command;
    }

    private static void Merge(string[] folders, string? features, string? output)
    {
        NativeTorch.EnsureLoaded();
        var folder = output ?? folders[0];
        var held = new List<RunLock>();
        try
        {
            // The parts go in the end, so nobody may still be writing some.
            foreach (var each in folders.Append(folder).Select(Path.GetFullPath).Distinct()) held.Add(WriterLock.Take(each, "merge"));
            MergeHeld(folders, features, folder);
        }
        finally
        {
            foreach (var each in held) each.Dispose();
        }
    }

    private static void MergeHeld(string[] folders, string? features, string folder)
    {
        List<InfluenceParts> all = [.. folders.Select(InfluenceParts.Open)];
        foreach (var (from, other) in folders.Zip(all).Skip(1))
        {
            if (all[0].Plan.DifferenceTo(other.Plan) is { } difference)
            {
                throw new DmlException($"Expected parts of one computation, found different ones in {folders[0]} and {from}: {difference}; "
                    + "parts can be joined only if everything that decides their bytes is the same.");
            }
        }

        var parts = all[0];
        foreach (var other in all.Skip(1)) parts.Take(other);
        RequireComplete(parts, folders);
        var path = features ?? parts.Plan.Features;
        if (!Path.Exists(path))
        {
            throw new DmlException(
                $"Expected the features file {path} of the computation, which has the samples' names, found none; say where it is with --features FILE.");
        }

        if (!parts.Plan.HasFeatures(path))
        {
            throw new DmlException(
                $"Expected the features that the parts were computed from in {path}, found another content; give the right file with --features FILE.");
        }

        if (features is null) parts.Plan.RequireRun();
        folder = ResultsFolder.Check(folder, own: Path.GetDirectoryName(parts.Plan.Features));
        var run = new RunFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var names = FeatureFile.ReadNames(path, File.Exists(run.Facts) ? DatasetRecord.Read(run).ClassNames : null);
        using (var result = InfluenceFiles.Write(folder, parts, names)) InfluenceCommand.Print(result, names);
        Console.WriteLine($"Wrote {InfluenceFiles.Scores}, {InfluenceFiles.Summary} and {InfluenceFiles.Top} to {folder}.");
        CommandOutput.Current.AddFile("influence", Path.Combine(folder, InfluenceFiles.Summary));
        foreach (var done in all) done.Remove();
    }

    private static void RequireComplete(InfluenceParts parts, string[] folders)
    {
        var (targets, samples) = (parts.Plan.Grid.ConfusionBlocks.Count, parts.Plan.Grid.SampleBlocks.Count);
        List<string> missing = [.. Enumerable.Range(0, targets)
            .SelectMany(t => Enumerable.Range(0, samples).Where(s => !parts.HasSolved(t) || !parts.HasScores(t, s)).Select(s => parts.CellName(t, s)))];
        if (missing.Count == 0) return;
        throw new DmlException($"Expected {Figures.Count(targets * samples, "block")} of scores ({Figures.Count(targets, "block")} of targets by {samples} "
            + $"of samples) in {string.Join(", ", folders)}, found {(targets * samples) - missing.Count}, the first missing one {missing[0]}; "
            + "run the shards that are not done, or give their folders too.");
    }
}
