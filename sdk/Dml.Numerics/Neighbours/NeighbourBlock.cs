namespace Dml.Numerics;

/// <summary>The neighbours of some consecutive queries.</summary>
/// <param name="first">Index of the first query.</param>
/// <param name="k">Neighbours of a query.</param>
/// <param name="indices">Gallery indices, row-major (queries of the block x k); valid during the call only.</param>
/// <param name="distances">Euclidean distances, likewise.</param>
internal readonly ref struct NeighbourBlock(int first, int k, ReadOnlySpan<int> indices, ReadOnlySpan<double> distances)
{
    public int First { get; } = first;

    public int Count { get; } = indices.Length / k;

    public ReadOnlySpan<int> Indices { get; } = indices;

    public ReadOnlySpan<double> Distances { get; } = distances;

    /// <summary>The distances of a query's neighbours.</summary>
    public ReadOnlySpan<double> DistancesOf(int query) => Distances.Slice(query * k, k);

    /// <summary>The neighbours of a query of the block, nearest first.</summary>
    public ReadOnlySpan<int> Of(int query) => Indices.Slice(query * k, k);
}

/// <summary>Takes a block of results.</summary>
internal delegate void NeighbourBlockAction(NeighbourBlock block);
