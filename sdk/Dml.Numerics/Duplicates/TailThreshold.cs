namespace Dml.Numerics;

/// <summary>
/// The score above which a null distribution leaves a stated rate of false alarms: an exponential tail through the quartiles,
/// <c>Q3 + (Q3 - Q1) ln(0.25 / rate) / ln 3</c>. The spacings of largest values are exponential for all common distributions (Renyi, Acta
/// Mathematica Hungarica 4, 1953), and the quartiles do not move much while fewer than a quarter of the scores are no null at all.
/// </summary>
/// <param name="LowerQuartile">Q1.</param>
/// <param name="UpperQuartile">Q3.</param>
/// <param name="Count">How many scores.</param>
internal readonly record struct TailThreshold(double LowerQuartile, double UpperQuartile, int Count)
{
    /// <summary>Fits it.</summary>
    /// <param name="scores">At least one, finite; the order does not matter.</param>
    public static TailThreshold Of(IReadOnlyList<double> scores)
    {
        double[] sorted = [.. scores.Order()];
        if (sorted.Length == 0) throw new ArgumentException("Expected at least one score.", nameof(scores));
        return new(At(0.25), At(0.75), sorted.Length);

        // Linear between order statistics, as numpy's default.
        double At(double share)
        {
            var place = share * (sorted.Length - 1);
            var index = (int)place;
            return index + 1 < sorted.Length ? sorted[index] + ((place - index) * (sorted[index + 1] - sorted[index])) : sorted[index];
        }
    }

    /// <summary>The score that a null score exceeds at a rate.</summary>
    /// <param name="rate">Above 0, at most 0.25.</param>
    public double At(double rate) => UpperQuartile + ((UpperQuartile - LowerQuartile) * Math.Log(0.25 / rate) / Math.Log(3));
}
