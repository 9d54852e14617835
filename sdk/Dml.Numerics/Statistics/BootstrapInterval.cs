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
        if (values.Count == 0 || values.Any(v => !double.IsFinite(v))) throw new ArgumentException("Expected at least one value, all finite.", nameof(values));
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 1);
        if (!(level is > 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(level), level, "Expected a level between 0 and 1.");
        var random = CounterRandom.FromState((uint)seed);
        var means = new double[draws];
        for (var draw = 0; draw < draws; draw++)
        {
            var sum = 0.0;
            for (var i = 0; i < values.Count; i++) sum += values[random.NextBelow(values.Count)];
            means[draw] = sum / values.Count;
        }

        Array.Sort(means);
        return new(values.Average(), Quantile((1 - level) / 2), Quantile((1 + level) / 2));

        // The smallest mean that at least this share of the resamples does not exceed.
        double Quantile(double share) => means[Math.Clamp((int)Math.Ceiling(share * draws) - 1, 0, draws - 1)];
    }
}
