namespace Dml.Numerics;

/// <summary>How k-means runs.</summary>
public sealed record KMeansOptions
{
    /// <summary>Decides every draw.</summary>
    public long Seed { get; init; }

    /// <summary>Runs from different first centres, of which the one with the least inertia is kept, the first of equal ones; at least 1.</summary>
    public int Restarts { get; init; } = 1;

    /// <summary>Most iterations of a run.</summary>
    public int MostIterations { get; init; } = 100;

    /// <summary>A run has converged when no item changes its cluster, or when an iteration lowers the inertia by less than this share of it.</summary>
    public double Tolerance { get; init; } = 1e-5;

    /// <summary>Bound of the neighbour search's working memory, in bytes.</summary>
    public long MemoryBytes { get; init; } = NearestNeighbours.DefaultMemoryBytes;
}
