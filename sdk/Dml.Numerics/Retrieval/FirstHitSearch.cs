using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>Takes the neighbours of a query, nearest first; false asks for more of them.</summary>
internal delegate bool DeeperNeighboursAction(int query, ReadOnlySpan<int> neighbours);

/// <summary>
/// Searches ever deeper for the few queries whose first neighbours are all of other classes: a ranking of all items for all queries would cost
/// far more than the search for the nearest.
/// </summary>
/// <param name="queries">(Q, E), floating point.</param>
/// <param name="gallery">(G, E); the same tensor where an item shall not find itself.</param>
/// <param name="excludeSelf">Whether query i shall not find item i.</param>
/// <param name="memoryBytes">Bound of the working memory.</param>
internal sealed class FirstHitSearch(Tensor queries, Tensor gallery, bool excludeSelf, long memoryBytes)
{
    /// <summary>How much deeper each search looks than the one before.</summary>
    private const int Growth = 8;

    /// <summary>Searches until all are content or have seen all items.</summary>
    /// <param name="remaining">Indices of the queries.</param>
    /// <param name="depth">Neighbours of these that are known already.</param>
    /// <param name="action">Takes each query's neighbours, and again more of them until it returns true.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    public void Run(IReadOnlyList<int> remaining, int depth, DeeperNeighboursAction action, CancellationToken cancellationToken)
    {
        var candidates = (int)gallery.shape[0] - (excludeSelf ? 1 : 0);
        while (remaining.Count > 0 && depth < candidates)
        {
            using var scope = NewDisposeScope();
            depth = (int)Math.Min(candidates, (long)depth * Growth);
            var chosen = queries.index_select(0, tensor(remaining.Select(i => (long)i).ToArray()).to(queries.device));
            var (asked, left) = (remaining, new List<int>());
            var others = new int[depth];

            // Chosen queries no longer stand at their own index, so each finds itself too and is taken out here.
            new NeighbourSearch(chosen, gallery, depth + (excludeSelf ? 1 : 0), excludeSelf: false, memoryBytes).Run(
                block =>
                {
                    for (var i = 0; i < block.Count; i++)
                    {
                        var query = asked[block.First + i];
                        if (!action(query, excludeSelf ? Without(query, block.Of(i), others) : block.Of(i))) left.Add(query);
                    }
                },
                cancellationToken);
            remaining = left;
        }
    }

    /// <summary>The neighbours without the query itself; where that is not among them, as with many copies of it, all but the last.</summary>
    private static ReadOnlySpan<int> Without(int query, ReadOnlySpan<int> neighbours, int[] others)
    {
        var count = 0;
        foreach (var neighbour in neighbours)
        {
            if (neighbour != query && count < others.Length) others[count++] = neighbour;
        }

        return others.AsSpan(0, count);
    }
}
