using Dml.Storage;

namespace Dml.Engine.Runs;

/// <summary>The files that all results of a run come from: are they still what they were when the run was completed?</summary>
internal static class RunInputs
{
    /// <summary>Their hashes now, by file name; for run.json.</summary>
    /// <param name="run">A run that is about to be completed.</param>
    public static IReadOnlyDictionary<string, string> Of(RunFolder run) =>
        Files(run).ToDictionary(f => Path.GetFileName(f), FileHash.Of, StringComparer.Ordinal);

    /// <summary>Paths of those whose content is another one now, or that are missing; none where an old run did not write its hashes down.</summary>
    /// <param name="run">The run.</param>
    /// <exception cref="DmlException">run.json cannot be read.</exception>
    public static IReadOnlyList<string> Changed(RunFolder run) => RunFacts.Read(run).Files is not { } hashes ? []
        : [.. Files(run).Where(f => hashes.TryGetValue(Path.GetFileName(f), out var hash) && FileHash.TryOf(f) != hash)];

    /// <summary>A warning for each of them, where what is computed simply follows the new content.</summary>
    /// <param name="run">The run.</param>
    public static IReadOnlyList<string> Warnings(RunFolder run) => [.. Changed(run).Select(path =>
        $"Expected {path} as the run was completed with it, found another content; results follow the new one, "
            + "so put the file back unless it was meant to change.")];

    /// <summary>Refuses a run one of whose files has changed, where results would stand beside those of before.</summary>
    /// <param name="run">The run.</param>
    /// <exception cref="DmlException">One has changed.</exception>
    public static void RequireUnchanged(RunFolder run)
    {
        if (Changed(run) is [var path, ..])
        {
            throw new DmlException($"Expected {path} as the run was completed with it, found {(File.Exists(path) ? "another content" : "no file")}; "
                + "put the file back, or train the run anew.");
        }
    }

    private static string[] Files(RunFolder run) => [run.Config, run.Dataset, run.Checkpoint, run.Features];
}
