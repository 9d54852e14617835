using System.Text.Json.Serialization;
using Dml.Engine.Runs;

namespace Dml.Engine.Verification;

/// <summary>How an estimator did.</summary>
/// <param name="Estimator">Plugin name, perhaps with an option as in <c>if.solver=ekfac</c>, or <c>ceiling</c> for reality held against itself.</param>
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

/// <summary>How an estimator predicts what leaving out single samples does.</summary>
/// <param name="Estimator">Plugin name, perhaps with an option as in <c>if.solver=ekfac</c>, or <c>ceiling</c> for reality held against itself.</param>
/// <param name="Score">Spearman's correlation over the samples between a sample's harm and the real change of d, averaged over targets.</param>
/// <param name="Low">Lower end of its 95 % interval.</param>
/// <param name="High">Upper end.</param>
/// <param name="ByTarget">The correlation of each target.</param>
internal sealed record LeaveOneOutRow(string Estimator, double Score, double Low, double High, IReadOnlyList<double> ByTarget);

/// <summary>Single samples left out one at a time.</summary>
/// <param name="Samples">Indices of training samples, in the order in which they were chosen.</param>
/// <param name="Harmful">How many of them, the first, were chosen as the most harmful by an estimator; the others at random.</param>
/// <param name="Estimators">A row an estimator, the ceiling last.</param>
/// <param name="MeanRealChange">For each target the mean of |change of d|.</param>
/// <param name="Seconds">What the retrainings took.</param>
internal sealed record LeaveOneOutRecord(
    IReadOnlyList<int> Samples, int Harmful, IReadOnlyList<LeaveOneOutRow> Estimators, IReadOnlyList<double> MeanRealChange, double Seconds);

/// <summary>What becomes of errors when the k samples that do them most harm are dropped.</summary>
/// <param name="Estimator">Who names the samples; <c>at random</c> for any k.</param>
/// <param name="Dropped">k.</param>
/// <param name="Cured">Share of the wrong items whose nearest neighbour is then of their own class.</param>
/// <param name="Low">Lower end of the 95 % interval of that share, from resampling targets.</param>
/// <param name="High">Upper end.</param>
/// <param name="Parted">Share of the pairs of nearest neighbours that are none any more.</param>
internal sealed record BrittlenessRow(string Estimator, int Dropped, double Cured, double Low, double High, double Parted);

/// <summary>Errors with their most harmful samples dropped.</summary>
/// <param name="Errors">Pairs of the targets, each once for each order of batches; so are those that follow.</param>
/// <param name="Wrong">Those whose anchor is wrong after retraining with all samples too, of which <c>Cured</c> is a share.</param>
/// <param name="Nearest">Those whose neighbour is the nearest after retraining with all samples too, of which <c>Parted</c> is a share.</param>
/// <param name="Rows">For each estimator, and at random, a row for each k; none where no anchor is wrong any more.</param>
/// <param name="Seconds">What the retrainings took.</param>
internal sealed record BrittlenessRecord(int Errors, int Wrong, int Nearest, IReadOnlyList<BrittlenessRow> Rows, double Seconds);

/// <summary>Which estimator to use for the retraining that was measured.</summary>
/// <param name="Use">One name where it is the best beyond doubt, several that cannot be told apart, best first, or none that is better than chance.</param>
/// <param name="Text">It in a sentence.</param>
internal sealed record Recommendation(IReadOnlyList<string> Use, string Text);

/// <summary>How two estimators agree: mean over targets of Spearman's correlation of their scores over training samples.</summary>
internal sealed record EstimatorAgreement(string First, string Second, double Correlation);

/// <summary>verify.json.</summary>
internal sealed record VerifyRecord(
    VerifySettings Settings, IReadOnlyList<string> Targets, IReadOnlyList<VerifiedEstimator> Estimators, IReadOnlyList<EstimatorAgreement> Agreement,
    IReadOnlyList<double> MeanRealChange, double RetrainingSeconds)
{
    /// <summary>Which estimator to use; null in old files.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Recommendation? Recommendation { get; init; }

    /// <summary>Single samples left out; null where none were.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LeaveOneOutRecord? LeaveOneOut { get; init; }

    /// <summary>Harmful samples dropped; null where none were.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BrittlenessRecord? Brittleness { get; init; }

    /// <summary>What this was computed from; null in old files.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Origin? Origin { get; init; }
}

/// <summary>Its JSON form.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(VerifyRecord))]
internal sealed partial class VerifyJson : JsonSerializerContext;
