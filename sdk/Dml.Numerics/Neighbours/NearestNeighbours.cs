using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// Exact Euclidean nearest neighbours, block by block: never a matrix of all distances. A float32 matrix product bounds every
/// distance from below, with a certified bound of its rounding error; whatever could still be among the k nearest is measured again
/// by differences in float64, whose distances alone decide. So distances are accurate near zero, equal distances are ordered by
/// index, copies of one item are equal to the last bit, and the result does not depend on block sizes or threads.
/// </summary>
/// <remarks>
/// Where float32 bounds too loosely (items that lie close together beside a few that lie far away) the search goes on in float64.
/// Memory beyond the inputs and the result, 12 bytes a neighbour, stays within a bound that the caller may set. Inputs in another
/// dtype than float32 or float64, on another device, or of two different dtypes are copied first.
/// </remarks>
public static class NearestNeighbours
{
    /// <summary>The default bound of the working memory: 256 MiB.</summary>
    public const long DefaultMemoryBytes = 256L << 20;

    /// <summary>The least working memory that can be asked for: 1 MiB.</summary>
    public const long LeastMemoryBytes = 1L << 20;

    /// <summary>Finds neighbours among the items themselves; an item is not its own neighbour (by index, not by distance).</summary>
    /// <param name="items">(M, E), floating point.</param>
    /// <param name="k">1 to M - 1.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    /// <exception cref="DmlException">An item has NaN, infinity or numbers beyond 1e150.</exception>
    public static Neighbours Within(Tensor items, int k, CancellationToken cancellationToken = default) =>
        Within(items, k, DefaultMemoryBytes, cancellationToken);

    /// <summary>Finds neighbours among the items themselves within a bound of memory.</summary>
    /// <param name="items">(M, E), floating point.</param>
    /// <param name="k">1 to M - 1.</param>
    /// <param name="memoryBytes">Most working memory, at least <see cref="LeastMemoryBytes"/>; a single row of numbers may exceed it.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    /// <exception cref="DmlException">An item has NaN, infinity or numbers beyond 1e150.</exception>
    public static Neighbours Within(Tensor items, int k, long memoryBytes, CancellationToken cancellationToken = default) =>
        All(new(items, items, k, excludeSelf: true, memoryBytes), cancellationToken);

    /// <summary>Finds the neighbours of queries in a gallery.</summary>
    /// <param name="queries">(Q, E), floating point.</param>
    /// <param name="gallery">(G, E).</param>
    /// <param name="k">1 to G.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    /// <exception cref="DmlException">An item has NaN, infinity or numbers beyond 1e150.</exception>
    public static Neighbours Between(Tensor queries, Tensor gallery, int k, CancellationToken cancellationToken = default) =>
        Between(queries, gallery, k, DefaultMemoryBytes, cancellationToken);

    /// <summary>Finds the neighbours of queries in a gallery within a bound of memory.</summary>
    /// <param name="queries">(Q, E), floating point.</param>
    /// <param name="gallery">(G, E).</param>
    /// <param name="k">1 to G.</param>
    /// <param name="memoryBytes">Most working memory, at least <see cref="LeastMemoryBytes"/>; a single row of numbers may exceed it.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    /// <exception cref="DmlException">An item has NaN, infinity or numbers beyond 1e150.</exception>
    public static Neighbours Between(Tensor queries, Tensor gallery, int k, long memoryBytes, CancellationToken cancellationToken = default) =>
        All(new(queries, gallery, k, excludeSelf: false, memoryBytes), cancellationToken);

    private static Neighbours All(NeighbourSearch search, CancellationToken cancellationToken)
    {
        if ((long)search.QueryCount * search.K > Array.MaxLength)
        {
            throw new ArgumentException($"Expected at most {Array.MaxLength} neighbours in all, found {search.QueryCount} x {search.K}.");
        }

        var indices = new int[search.QueryCount * search.K];
        var distances = new double[indices.Length];
        search.Run(
            block =>
            {
                block.Indices.CopyTo(indices.AsSpan(block.First * search.K));
                block.Distances.CopyTo(distances.AsSpan(block.First * search.K));
            },
            cancellationToken);
        return new(search.K, indices, distances);
    }
}
