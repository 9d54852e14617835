using System.Text.Json;
using System.Text.Json.Serialization;
using Dml.Engine.Features;
using Dml.Engine.Runs;

namespace Dml.Engine.Explaining;

/// <summary>influence.json: what was explained, by what, and what it took. Its members are written in this order.</summary>
internal sealed record InfluenceSummary
{
    /// <summary>What <see cref="Sign"/> says of scores without one.</summary>
    public const string Unsigned = "none: this estimator's scores are relevance; their sign tells nothing of harm and help";

    private const string HarmAndHelp = "harm > 0: training on the sample makes the explained error worse; harm < 0: it helps";

    /// <summary>Plugin name.</summary>
    public required string Estimator { get; init; }

    /// <summary>Plugin name.</summary>
    public string Loss { get; init; } = "";

    /// <summary>float32 or float64.</summary>
    public required string Precision { get; init; }

    /// <summary>All options of the estimator, defaults included.</summary>
    public required JsonElement Settings { get; init; }

    /// <summary>What was explained.</summary>
    public required IReadOnlyList<ExplainedTargetRecord> Targets { get; init; }

    /// <summary>False: scores are relevance without a sign.</summary>
    public required bool Signed { get; init; }

    /// <summary>What the sign of a score means, for a reader of the file.</summary>
    public string Sign { get; init; } = HarmAndHelp;

    /// <summary>All options of the loss.</summary>
    public JsonElement? LossSettings { get; init; }

    /// <summary>False: the scores speak of samples' shares of the loss of whole batches.</summary>
    public bool LossIsMeanOfSamples { get; init; } = true;

    /// <summary>What a reader must know of the loss; null for nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? LossNote { get; init; }

    /// <summary>What a reader must know of the features file, such as a head without a bias; null for nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? FeaturesNotes { get; init; }

    /// <summary>N.</summary>
    public long TrainingSamples { get; init; }

    /// <summary>All else that decides the last digits.</summary>
    public InfluenceComputation? Computation { get; init; }

    /// <summary>What it took.</summary>
    public required InfluenceCost Cost { get; init; }

    /// <summary>What the results came from, and the other files of the set; null in files of an old version.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Origin? Origin { get; init; }

    /// <summary>The summary of a computation that is complete.</summary>
    /// <param name="result">Its scores, with what they were made by.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="cost">What it took.</param>
    /// <param name="names">Ids and classes of the samples.</param>
    public static InfluenceSummary Of(InfluenceResult result, InfluencePlan plan, InfluenceCost cost, SampleNames names) => new()
    {
        Estimator = result.Estimator,
        Loss = result.Loss,
        Precision = plan.Precision,
        Settings = Parsed(result.EstimatorSettings),
        Targets = [.. result.Scores.Targets.Select(target => ExplainedTargetRecord.Of(target, names))],
        Signed = plan.Signed,
        Sign = plan.Signed ? HarmAndHelp : Unsigned,
        LossSettings = Parsed(result.LossSettings),
        LossIsMeanOfSamples = result.LossIsMeanOfSamples,
        LossNote = result.LossNote,
        TrainingSamples = plan.TrainingSamples,
        Computation = new(plan.SampleBlock, plan.TargetBlock, plan.Threads, plan.Processor, plan.FeaturesFingerprint, plan.CheckpointFingerprints),
        Cost = cost,
    };

    /// <summary>Reads it.</summary>
    /// <param name="json">Text of the file.</param>
    /// <exception cref="JsonException">It is no such file.</exception>
    public static InfluenceSummary Parse(string json) =>
        JsonSerializer.Deserialize(json, InfluenceJson.Default.InfluenceSummary) ?? throw new JsonException("the file holds null");

    /// <summary>Writes it.</summary>
    /// <param name="stream">Gets the text.</param>
    public void Write(Stream stream)
    {
        using var json = new Utf8JsonWriter(stream, InfluenceJson.ForPeople);
        JsonSerializer.Serialize(json, this, InfluenceJson.Default.InfluenceSummary);
    }

    private static JsonElement Parsed(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}

/// <summary>What decides the last digits of scores beside estimator, loss and features.</summary>
internal sealed record InfluenceComputation(
    int SampleBlock, int TargetBlock, int Threads, string Processor, string FeaturesFingerprint, IReadOnlyList<string> CheckpointFingerprints);

/// <summary>What a computation took.</summary>
/// <param name="SolveSeconds">For the targets alone, summed over processes.</param>
/// <param name="ScoreSeconds">For the training samples, summed over processes.</param>
/// <param name="PeakMemoryBytes">Largest resident memory of a process, mapped pages of files included.</param>
internal sealed record InfluenceCost(double SolveSeconds, double ScoreSeconds, long PeakMemoryBytes);
