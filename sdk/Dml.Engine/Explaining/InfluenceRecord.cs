using System.Text.Json;
using Dml.Engine.Runs;
using Dml.Numerics;
using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Explaining;

/// <summary>The files of an influence computation, read back.</summary>
/// <param name="Estimator">Plugin name.</param>
/// <param name="Settings">Its options in order, with their values as text.</param>
/// <param name="Precision">float32 or float64.</param>
/// <param name="Targets">What was explained.</param>
/// <param name="Harm">Harm of the training samples, one array a target.</param>
/// <param name="LossNote">What a reader must know of the loss, or null.</param>
/// <param name="Cost">What it took.</param>
/// <param name="Signed">False: scores are relevance without a sign.</param>
internal sealed record InfluenceRecord(
    string Estimator, IReadOnlyList<KeyValuePair<string, string>> Settings, string Precision, IReadOnlyList<TargetExplanation> Targets,
    IReadOnlyList<double[]> Harm,
    string? LossNote, InfluenceCost Cost, bool Signed)
{
    private static readonly Mention Influence = Mention.Operation("influence");

    /// <summary>What this was computed from; null in old files.</summary>
    public Origin? Origin { get; init; }

    /// <summary>Reads the files of a folder; null when there are none.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="DmlException">The files do not belong together or are damaged.</exception>
    public static InfluenceRecord? TryRead(string folder) => RunFile.ReadSet(folder, () => ReadOnce(folder));

    private static InfluenceRecord? ReadOnce(string folder)
    {
        var path = Path.Combine(folder, InfluenceFiles.Summary);
        if (!File.Exists(path)) return null;
        try
        {
            var summary = InfluenceSummary.Parse(InputFile.ReadText(path));
            summary.Origin?.RequireFiles(path, $"run {Mention.Operation("influence", ("run", folder))} again");
            return new(
                summary.Estimator,
                [.. summary.Settings.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, p.Value.ToString()))],
                summary.Precision,
                [.. summary.Targets.Select(t => t.ToExplanation())],
                ReadHarm(folder, summary.Targets.Count),
                summary.LossNote,
                summary.Cost,
                summary.Signed)
            {
                Origin = summary.Origin,
            };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new DmlException(
                $"Expected the results of {Influence} in {path}, but they cannot be read ({error.Message.TrimEnd('.')}); run {Influence} again.", error);
        }
    }

    /// <summary>Refuses results of other features than the run's.</summary>
    /// <param name="folder">Where the results are, for the message.</param>
    /// <param name="trainCount">N of the run.</param>
    /// <param name="testCount">M of the run.</param>
    public void RequireFit(string folder, int trainCount, int testCount)
    {
        if (Harm.All(h => h.Length == trainCount)
            && Targets.All(t => t.Confusion.Pairs.All(p => Math.Max(p.Anchor, p.Neighbour) < testCount && Math.Min(p.Anchor, p.Neighbour) >= 0)))
        {
            return;
        }

        throw new DmlException(
            null, $"the influence results in {folder} to be of this run's {trainCount} training and {testCount} test items", "those of others",
            $"run {Mention.Operation("influence", ("run", folder))} again");
    }

    private static double[][] ReadHarm(string folder, int targets)
    {
        using var scope = NewDisposeScope();
        var harm = SafeTensors.Open(Path.Combine(folder, InfluenceFiles.Scores)).Load("harm").to(float64);
        if (harm.Dimensions != 2 || harm.shape[0] != targets)
        {
            throw new DmlException(
                null, $"{targets} rows of harm in {Path.Combine(folder, InfluenceFiles.Scores)}, as {InfluenceFiles.Summary} has targets",
                $"shape ({string.Join(", ", harm.shape)})", $"run {Influence} again");
        }

        return [.. Enumerable.Range(0, targets).Select(t => harm[t].Values<double>())];
    }
}
