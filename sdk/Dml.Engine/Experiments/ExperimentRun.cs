using Dml.Engine.Config;
using Dml.Engine.Runs;

namespace Dml.Engine.Experiments;

/// <summary>A run that takes part in an experiment.</summary>
/// <param name="Folder">The run.</param>
/// <param name="Name">Its folder's name.</param>
/// <param name="Loss">Plugin name of its loss.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Dataset">Its samples.</param>
internal sealed record ExperimentRun(RunFolder Folder, string Name, string Loss, long Seed, DatasetRecord Dataset)
{
    /// <summary>Opens runs.</summary>
    /// <param name="paths">Their folders, at least one.</param>
    /// <param name="ofSeveralDatasets">Whether they may be of different datasets.</param>
    /// <exception cref="DmlException">A run is missing, or two are of different datasets.</exception>
    public static IReadOnlyList<ExperimentRun> Open(IReadOnlyList<string> paths, bool ofSeveralDatasets = false)
    {
        ExperimentRun[] runs = [.. paths.Select(Open)];
        foreach (var run in runs) RunInputs.RequireUnchanged(run.Folder);
        var first = runs[0];
        foreach (var run in ofSeveralDatasets ? [] : runs.Skip(1))
        {
            if (run.Dataset.ClassNames.SequenceEqual(first.Dataset.ClassNames)
                && run.Dataset.Test.Select(t => t.Id).SequenceEqual(first.Dataset.Test.Select(t => t.Id)))
            {
                continue;
            }

            throw new DmlException($"Expected runs of one dataset, found {first.Dataset.Name} with {first.Dataset.Test.Count} "
                + $"test items in {first.Folder.Path} and other classes or test items ({run.Dataset.Name}, "
                + $"{run.Dataset.Test.Count}) in {run.Folder.Path}; give runs of one dataset.");
        }

        // Files and rows go by the name, so two folders of one name are told apart by the folder that they are in.
        var taken = runs.Select(r => r.Folder.Path).Distinct().CountBy(p => Path.GetFileName(p)).Where(c => c.Value > 1).Select(c => c.Key).ToHashSet();
        return [.. runs.Select(r => taken.Contains(r.Name) ? r with { Name = $"{Path.GetFileName(Path.GetDirectoryName(r.Folder.Path))}-{r.Name}" } : r)];
    }

    /// <summary>What an experiment on these runs comes from now.</summary>
    /// <param name="runs">Opened together.</param>
    public static Origin Origin(IReadOnlyList<ExperimentRun> runs) =>
        new(runs.SelectMany(r => Runs.Origin.Of(r.Folder).Named(runs.Count == 1 ? null : r.Name).Inputs)
            .DistinctBy(i => i.Key).ToDictionary(i => i.Key, i => i.Value, StringComparer.Ordinal));

    private static ExperimentRun Open(string path)
    {
        var folder = RunFolder.Open(path);
        var config = ConfigFile.Load(folder.Config);
        return new(folder, Path.GetFileName(folder.Path), config["loss"]?["name"]?.Text ?? "", RunFacts.Read(folder).Seed, DatasetRecord.Read(folder));
    }
}
