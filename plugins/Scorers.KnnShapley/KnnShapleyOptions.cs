namespace Dml.Plugins;

/// <summary>Options of KNN-Shapley.</summary>
[Options]
public sealed record KnnShapleyOptions
{
    /// <summary>Neighbours that vote.</summary>
    [Range(1, 1000)]
    public int Neighbours { get; init; } = 5;

    /// <summary>Neighbours of a sample that share in its vote; farther ones count for nothing, and a value is off by at most 1 / depth. 0 for all.</summary>
    [Range(0, 1000000)]
    public int Depth { get; init; } = 2000;
}
