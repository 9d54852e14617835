namespace Dml.Engine.Evaluation;

/// <summary>What an evaluation depends on besides the features.</summary>
/// <param name="Options">The section <c>evaluation</c>.</param>
/// <param name="Seed">The run's seed, which k-means draws by.</param>
internal sealed record EvaluationSettings(EvaluationOptions Options, long Seed);
