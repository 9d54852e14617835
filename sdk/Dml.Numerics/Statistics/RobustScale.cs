namespace Dml.Numerics;

/// <summary>Where numbers lie and how widely, by the median and the median absolute deviation, which a few odd ones do not move.</summary>
/// <param name="Median">The median.</param>
/// <param name="Deviation">1.4826 times the median absolute deviation: the standard deviation where the numbers are normal.</param>
internal readonly record struct RobustScale(double Median, double Deviation)
{
    /// <summary>Of some numbers.</summary>
    /// <param name="values">At least one, finite.</param>
    public static RobustScale Of(IReadOnlyList<double> values)
    {
        var median = Middle([.. values.Order()]);
        return new(median, 1.4826 * Middle([.. values.Select(value => Math.Abs(value - median)).Order()]));
    }

    /// <summary>How many deviations a number lies above the median.</summary>
    /// <param name="value">The number.</param>
    /// <param name="least">Deviation that is assumed at least, so that equal numbers make no small difference large.</param>
    public double Score(double value, double least) => (value - Median) / Math.Max(Deviation, least);

    /// <summary>
    /// The value above which fewer than one of n normal values is expected: median + deviation sqrt(2 ln n) (Donoho, Johnstone, Biometrika 81, 1994).
    /// </summary>
    /// <param name="count">n.</param>
    public double Extreme(int count) => Median + (Deviation * Math.Sqrt(2 * Math.Log(Math.Max(2, count))));

    private static double Middle(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
}
