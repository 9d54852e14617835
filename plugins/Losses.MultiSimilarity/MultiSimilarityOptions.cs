namespace Dml.Plugins;

/// <summary>Options of the multi-similarity loss; the values of the published code are the defaults.</summary>
public sealed record MultiSimilarityOptions
{
    /// <summary>alpha, what the cosines of positives are multiplied with.</summary>
    [Range(1e-3, 1000)]
    public double PositiveScale { get; init; } = 2;

    /// <summary>beta, what the cosines of negatives are multiplied with.</summary>
    [Range(1e-3, 1000)]
    public double NegativeScale { get; init; } = 50;

    /// <summary>lambda, the cosine that positives shall be above and negatives below.</summary>
    [Range(-1, 1)]
    public double Base { get; init; } = 0.5;

    /// <summary>
    /// epsilon of the miner: of an anchor only those negatives count that are less than this farther than its farthest positive, and those positives
    /// that are less than this nearer than its nearest negative, as cosines; null for all pairs.
    /// </summary>
    [Range(0, 2)]
    public double? Epsilon { get; init; } = 0.1;
}
