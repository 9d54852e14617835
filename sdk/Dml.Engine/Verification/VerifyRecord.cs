using System.Text.Json.Serialization;
using Dml.Engine.Runs;

namespace Dml.Engine.Verification;

/// <summary>How an estimator did.</summary>
/// <param name="Estimator">Plugin name, or <c>ceiling</c> for reality held against itself.</param>
/// <param name="Score">The linear datamodeling score.</param>
/// <param name="Low">Lower end of its 95 % interval.</param>
/// <param name="High">Upper end.</param>
/// <param name="Seconds">What the scores took.</param>
/// <param name="ByTarget">The correlation of each target.</param>
internal sealed record VerifiedEstimator(string Estimator, double Score, double Low, double High, double Seconds, IReadOnlyList<double> ByTarget)
{
    /// <summary>What its solver has to tell; null for nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Notes { get; init; }
}

/// <summary>How two estimators agree: mean over targets of Spearman's correlation of their scores over training samples.</summary>
internal sealed record EstimatorAgreement(string First, string Second, double Correlation);

/// <summary>verify.json.</summary>
internal sealed record VerifyRecord(
    VerifySettings Settings, IReadOnlyList<string> Targets, IReadOnlyList<VerifiedEstimator> Estimators, IReadOnlyList<EstimatorAgreement> Agreement,
    IReadOnlyList<double> MeanRealChange, double RetrainingSeconds)
{
    /// <summary>What this was computed from; null in old files.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Origin? Origin { get; init; }
}

/// <summary>Its JSON form.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(VerifyRecord))]
internal sealed partial class VerifyJson : JsonSerializerContext;
