namespace Dml.Numerics;

/// <summary>A percentile bootstrap interval of a mean (Efron, Annals of Statistics 7, 1979).</summary>
/// <param name="Mean">Mean of the values.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public readonly record struct BootstrapInterval(double Mean, double Low, double High)
{
    /// <summary>Resamples values with replacement.</summary>
    /// <param name="values">At least one, finite.</param>
    /// <param name="seed">Decides the draws; the same on every system.</param>
    /// <param name="draws">Number of resamples.</param>
    /// <param name="level">Share of the resampled means that lies within, between 0 and 1.</param>
    public static BootstrapInterval Of(IReadOnlyList<double> values, int seed = 0, int draws = 10_000, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(values);
        return OfClusters([.. values.Select(v => new[] { v })], seed, draws, level);
    }

    /// <summary>Resamples clusters of values that may depend on each other, such as the items of a class, whole and with replacement.</summary>
    /// <param name="clusters">At least one value in all, finite; no cluster is empty.</param>
    /// <param name="seed">Decides the draws; the same on every system.</param>
    /// <param name="draws">Number of resamples.</param>
    /// <param name="level">Share of the resampled means that lies within, between 0 and 1.</param>
    /// <returns>The interval of the mean over all values.</returns>
    public static BootstrapInterval OfClusters(
        IReadOnlyList<IReadOnlyList<double>> clusters, int seed = 0, int draws = 10_000, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(clusters);
        if (clusters.Count == 0 || clusters.Any(c => c.Count == 0 || c.Any(v => !double.IsFinite(v))))
        {
            throw new ArgumentException("Expected at least one value, all finite.", nameof(clusters));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 1);
        if (!(level is > 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(level), level, "Expected a level between 0 and 1.");
        var random = CounterRandom.FromState((uint)seed);
        double[] sums = [.. clusters.Select(c => c.Sum())];
        var means = new double[draws];
        for (var draw = 0; draw < draws; draw++)
        {
            var (sum, count) = (0.0, 0);
            for (var i = 0; i < clusters.Count; i++)
            {
                var drawn = random.NextBelow(clusters.Count);
                sum += sums[drawn];
                count += clusters[drawn].Count;
            }

            means[draw] = sum / count;
        }

        Array.Sort(means);
        return new(clusters.SelectMany(c => c).Average(), Quantile((1 - level) / 2), Quantile((1 + level) / 2));

        // The smallest mean that at least this share of the resamples does not exceed.
        double Quantile(double share) => means[Math.Clamp((int)Math.Ceiling(share * draws) - 1, 0, draws - 1)];
    }
}
