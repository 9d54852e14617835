using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// Queries whose k nearest items are not decided by distances alone: the k-th and the next lie equally far. R@k as it is computed takes the item of smaller
/// index first, so that it depends on the order of the items; its expectation over all orders does not.
/// </summary>
/// <param name="K">How many items are looked at.</param>
/// <param name="Queries">Number of such queries.</param>
/// <param name="ExpectedRecall">R@k of all queries, as expected over the orders of equally far items.</param>
public sealed record TiedQueries(int K, int Queries, double ExpectedRecall)
{
    /// <summary>
    /// The probability that k nearest items hold one of the query's class where equally far ones come in random order: 1 if a strictly nearer one does,
    /// else 1 - C(t - h, s) / C(t, s), with t items at the distance of the k-th, h of them of its class, and s places left for them.
    /// </summary>
    /// <param name="distances">Distances of all items.</param>
    /// <param name="hits">Which are of the query's class.</param>
    /// <param name="k">1 to their number.</param>
    public static double Expected(IReadOnlyList<double> distances, IReadOnlyList<bool> hits, int k)
    {
        ArgumentNullException.ThrowIfNull(distances);
        ArgumentNullException.ThrowIfNull(hits);
        var last = distances.Order().ElementAt(k - 1);
        var (nearer, tied, tiedHits) = (0, 0, 0);
        foreach (var (distance, hit) in distances.Zip(hits))
        {
            if (distance < last && hit) return 1;
            if (distance < last) nearer++;
            if (distance != last) continue;
            tied++;
            if (hit) tiedHits++;
        }

        var miss = 1.0;
        for (var place = 0; place < k - nearer; place++) miss *= Math.Max(0, tied - tiedHits - place) / (double)(tied - place);
        return 1 - miss;
    }

    /// <summary>Squared distances of one query to all items, by differences: copies of one item are equally far to the last bit.</summary>
    /// <param name="query">(1, E), float64.</param>
    /// <param name="gallery">(G, E), float64.</param>
    internal static double[] Distances(Tensor query, Tensor gallery)
    {
        using var scope = NewDisposeScope();
        return (gallery - query).square().sum(1).Values<double>();
    }
}
