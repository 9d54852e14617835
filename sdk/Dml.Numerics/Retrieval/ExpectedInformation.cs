namespace Dml.Numerics;

/// <summary>Mutual information that two partitions have by chance.</summary>
internal static class ExpectedInformation
{
    /// <summary>
    /// Expectation of the mutual information of two partitions with groups of given sizes when items are assigned at random (Vinh,
    /// Epps, Bailey, JMLR 2010, theorem 1), in nats. The overlap of a group of a items with one of b is hypergeometric.
    /// </summary>
    /// <param name="first">Sizes of the groups of the one; they add up to the total.</param>
    /// <param name="second">Sizes of the groups of the other; likewise.</param>
    /// <param name="total">Number of items.</param>
    public static double Of(IEnumerable<int> first, IEnumerable<int> second, int total)
    {
        // Groups of one size have one expectation, and a dataset has few sizes.
        var others = second.CountBy(size => size).OrderBy(size => size.Key).ToList();
        return first.CountBy(size => size).OrderBy(size => size.Key)
            .Sum(a => others.Sum(b => (double)a.Value * b.Value * OfOverlap(a.Key, b.Key, total)));
    }

    /// <summary>
    /// <c>E[n/N log(N n / (a b))]</c> of the overlap n. Its probabilities are followed up and down from the likeliest overlap by their
    /// ratios and divided by their sum, so that no factorial is needed and none overflows.
    /// </summary>
    private static double OfOverlap(int a, int b, int total)
    {
        var (least, most) = (Math.Max(0, (long)a + b - total), (long)Math.Min(a, b));
        var mode = Math.Clamp((long)((a + 1.0) * (b + 1.0) / (total + 2.0)), least, most);
        var (weights, sum) = (0.0, 0.0);
        for (var (n, weight) = (mode, 1.0); n <= most && weight > 0; n++)
        {
            Add(n, weight);
            weight *= (double)(a - n) * (b - n) / ((n + 1.0) * (total - a - b + n + 1.0));
        }

        for (var (n, weight) = (mode, 1.0); n > least && weight > 0; n--)
        {
            weight *= (double)n * (total - a - b + n) / ((a - n + 1.0) * (b - n + 1.0));
            Add(n - 1, weight);
        }

        return sum / weights;

        void Add(long n, double weight)
        {
            weights += weight;
            if (n > 0) sum += weight * n / total * Math.Log((double)total * n / ((double)a * b));
        }
    }
}
