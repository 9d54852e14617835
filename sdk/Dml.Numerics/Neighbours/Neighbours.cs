namespace Dml.Numerics;

/// <summary>The k nearest gallery items of each query, nearest first.</summary>
/// <param name="K">Neighbours of a query.</param>
/// <param name="Indices">Gallery indices, row-major (queries x K).</param>
/// <param name="Distances">Euclidean distances, row-major (queries x K).</param>
public sealed record Neighbours(int K, IReadOnlyList<int> Indices, IReadOnlyList<double> Distances)
{
    /// <summary>The neighbour of a query.</summary>
    /// <param name="query">Index of the query.</param>
    /// <param name="rank">0 for the nearest.</param>
    public int At(int query, int rank = 0) => Indices[(query * K) + rank];
}
