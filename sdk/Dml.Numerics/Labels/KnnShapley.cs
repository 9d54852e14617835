using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// The Shapley value of each training sample for a k-nearest-neighbour classifier of the others (Jia et al., Proceedings of the VLDB Endowment
/// 12, 2019, theorem 1, with each sample in turn as the one that is classified by the rest): what the sample adds on average, over all
/// orders in which samples may arrive, to the share of right votes among the k nearest. Low and negative values are of samples
/// whose label misleads their neighbours.
/// </summary>
public static class KnnShapley
{
    /// <summary>Computes all values exactly: O(N^2 (E + log N)).</summary>
    /// <param name="rows">(N, E), floating point, N at least 2; neighbours are by Euclidean distance, equal ones by index.</param>
    /// <param name="labels">(N) labels.</param>
    /// <param name="k">Neighbours that vote, at least 1.</param>
    /// <param name="depth">
    /// Neighbours of a sample that share in its vote; null for all. With d of them, the value of a farther one is taken for 0 and each
    /// value is off by at most 1 / d (the same paper, theorem 2).
    /// </param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    /// <returns>(N) values: the mean over the other samples; their sum is the mean share of right votes.</returns>
    public static double[] Of(Tensor rows, IReadOnlyList<long> labels, int k, int? depth = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        var others = labels.Count - 1;
        var used = Math.Min(Math.Max(depth ?? others, k), others);
        var values = new double[labels.Count];
        new NeighbourSearch(rows, rows, used, excludeSelf: true, NearestNeighbours.DefaultMemoryBytes).Run(
            block =>
            {
                for (var query = 0; query < block.Count; query++) Add(values, labels, block.Of(query), labels[block.First + query], k, used == others);
            },
            cancellationToken);
        for (var i = 0; i < values.Length; i++) values[i] /= labels.Count;
        return values;
    }

    /// <summary>Adds what one classified sample gives to its neighbours, from the farthest to the nearest.</summary>
    private static void Add(double[] values, IReadOnlyList<long> labels, ReadOnlySpan<int> nearest, long label, int k, bool all)
    {
        var last = nearest.Length;
        var value = all && labels[nearest[^1]] == label ? (double)Math.Min(k, last) / k / last : 0;
        values[nearest[^1]] += value;
        for (var place = last - 1; place >= 1; place--)
        {
            var difference = (labels[nearest[place - 1]] == label ? 1 : 0) - (labels[nearest[place]] == label ? 1 : 0);
            value += (double)difference / k * Math.Min(k, place) / place;
            values[nearest[place - 1]] += value;
        }
    }
}
