namespace Dml.Engine.Reporting;

/// <summary>One retrieval error, or a group of them, with the training samples that cause it.</summary>
internal sealed record ExplainedConfusion
{
    /// <summary>Names it, for example <c>group 13</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Pair or group.</summary>
    public required ConfusionKind Kind { get; init; }

    /// <summary>d at the trained parameters: the mean over the pairs of the squared distance of the unit embeddings, in [0, 4].</summary>
    public required double Distance { get; init; }

    /// <summary>Which computation ran, for example <c>fast</c> or <c>general</c>.</summary>
    public required string Path { get; init; }

    /// <summary>How far the solution of a linear system can be trusted; null for an estimator that solves none.</summary>
    public SolverCertificate? Solver { get; init; }

    /// <summary>The walks of an empirical estimator; empty for one that does not walk.</summary>
    public IReadOnlyList<WalkDirection> Directions { get; init; } = [];

    /// <summary>The queries that are shown, each with what is nearest to it.</summary>
    public IReadOnlyList<ReportError> Errors { get; init; } = [];

    /// <summary>Number of pairs in the confusion; more than are shown when only some are. 0 counts those shown.</summary>
    public int PairCount { get; init; }

    /// <summary>The most harmful training samples, the worst first.</summary>
    public IReadOnlyList<InfluentialSample> Harmful { get; init; } = [];

    /// <summary>The most helpful training samples, the best first.</summary>
    public IReadOnlyList<InfluentialSample> Helpful { get; init; } = [];

    /// <summary>How the harm of all training samples is spread; null leaves the chart out.</summary>
    public HarmHistogram? Histogram { get; init; }
}
