using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dml.Engine.Runs;

/// <summary>One training sample in the order in which to check it.</summary>
/// <param name="Index">Training index.</param>
/// <param name="Id">Stable name.</param>
/// <param name="Label">The given label.</param>
/// <param name="Score">Suspicion: the higher, the earlier.</param>
/// <param name="Mislabelled">Whether the label is known to be wrong; null where nothing is known of it.</param>
internal sealed record SuspectRecord(
    int Index, string Id, int Label, double Score, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] bool? Mislabelled)
{
    /// <summary>The class that the other samples suggest; null in old files.</summary>
    public int? Suggested { get; init; }

    /// <summary>The probability that it is the right one.</summary>
    public double? Confidence { get; init; }

    /// <summary>Training indices of the nearest samples that have it, nearest first; of the first suspects alone.</summary>
    public IReadOnlyList<int>? Neighbours { get; init; }
}

/// <summary>How well known mislabelled samples are found.</summary>
/// <param name="Mislabelled">How many there are.</param>
/// <param name="Area">Area under the curve of share found against share checked.</param>
/// <param name="RandomArea">Expected area of a random order.</param>
/// <param name="RandomAreaDeviation">Its standard deviation.</param>
/// <param name="RecallAt5">Share found when 5 % are checked.</param>
/// <param name="RecallAt10">Share found when 10 % are checked.</param>
/// <param name="RecallAt20">Share found when 20 % are checked.</param>
internal sealed record DetectionRecord(
    int Mislabelled, double Area, double RandomArea, double RandomAreaDeviation, double RecallAt5, double RecallAt10, double RecallAt20);

/// <summary>mislabel.json: training samples ranked by suspicion, and how good the ranking is where the truth is known.</summary>
/// <param name="Estimator">Plugin name of the estimator or scorer.</param>
/// <param name="Settings">All its options.</param>
/// <param name="Precision">float32 or float64.</param>
/// <param name="Aggregate">mean or top1; scorer for a scorer, which uses no confusions.</param>
/// <param name="Groups">Number of confusion groups used; 0 for a scorer.</param>
/// <param name="Ranking">All N training samples.</param>
internal sealed record MislabelRecord(
    string Estimator, JsonElement Settings, string Precision, string Aggregate, int Groups,
    [property: JsonPropertyOrder(1)] IReadOnlyList<SuspectRecord> Ranking)
{
    /// <summary>Null, and left out of the file, when the run has no known label noise.</summary>
    public DetectionRecord? Detection { get; init; }

    /// <summary>False: harm spoke of samples' shares of the loss of whole batches.</summary>
    public bool LossIsMeanOfSamples { get; init; } = true;

    /// <summary>What this was computed from; null in old files.</summary>
    public Origin? Origin { get; init; }

    public static MislabelRecord? TryRead(string path) => RunFile.TryRead(path, RunJson.Default.MislabelRecord, Mention.Operation("mislabel"));

    public void Write(string path) => RunFile.Write(path, this, RunJson.Default.MislabelRecord);
}
