using Dml.Engine.Config;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;

namespace Dml.Engine;

/// <summary>What a list of runs shows of one, from its small files alone.</summary>
/// <param name="Path">Its folder, an absolute path.</param>
/// <param name="Made">When it was completed, or when the unfinished one was written to last.</param>
public sealed record RunSummary(string Path, DateTime Made)
{
    /// <summary>Name of the folder.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Dataset plugin; empty for an unfinished run.</summary>
    public string Dataset { get; init; } = "";

    /// <summary>Loss plugin; empty for an unfinished run.</summary>
    public string Loss { get; init; } = "";

    /// <summary>The run's seed.</summary>
    public long Seed { get; init; }

    /// <summary>How well its test split is retrieved; null for an unfinished run and where there are no metrics.</summary>
    public RetrievalQuality? Quality { get; init; }

    /// <summary>Why the run cannot be used, one sentence; null for a complete run.</summary>
    public DmlException? Problem { get; init; }

    /// <summary>The runs below a folder, at any depth but not inside of each other, in ordinal order of their paths.</summary>
    /// <param name="folder">The folder; a run itself is a list of one.</param>
    /// <exception cref="DmlException">There is no such folder.</exception>
    internal static IReadOnlyList<RunSummary> Below(string folder)
    {
        var root = System.IO.Path.GetFullPath(folder);
        if (!Directory.Exists(root)) throw new DmlException(null, $"a folder with runs at {folder}", "none", "correct the path");
        return [.. Folders(root).Order(StringComparer.Ordinal).Select(Of)];
    }

    /// <summary>Complete runs, and unfinished ones that can be resumed; links are not followed, so that no circle is walked.</summary>
    private static IEnumerable<string> Folders(string folder)
    {
        if (File.Exists(new RunFolder(folder).Facts) || RunWriter.IsUnfinished(folder)) return [folder];
        var options = new EnumerationOptions { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return Directory.EnumerateDirectories(folder, "*", options).SelectMany(Folders);
    }

    private static RunSummary Of(string path)
    {
        var run = new RunFolder(path);
        if (!File.Exists(run.Facts))
        {
            Wording remedy = $"{RunWriter.Resumption(path)} goes on with it";
            return new(path, Directory.GetLastWriteTimeUtc(path)) { Problem = new(null, $"a complete run at {path}", "an unfinished training", remedy) };
        }

        var summary = new RunSummary(path, File.GetLastWriteTimeUtc(run.Facts));
        try
        {
            var config = ConfigFile.Load(run.Config);
            return summary with
            {
                Dataset = config["dataset"]?["name"]?.Text ?? (FittingRun.Is(config) ? FittingRun.DatasetName : ""),
                Loss = config["loss"]?["name"]?.Text ?? "",
                Seed = RunFacts.Read(run).Seed,
                Quality = RunMetrics.TryRead(run.Metrics) is { } metrics ? RetrievalQuality.Of(metrics) : null,
            };
        }
        catch (DmlException problem)
        {
            return summary with { Problem = problem };
        }
    }
}
