namespace Dml.Numerics;

/// <summary>
/// Wilcoxon's signed-rank test of paired differences (Biometrics Bulletin 1, 1945): are they centred at zero? Differences of exactly zero
/// are left out, as Wilcoxon did; equal sizes share the mean of their ranks.
/// </summary>
/// <param name="Pairs">Differences that are not zero.</param>
/// <param name="Zeros">Differences that were left out.</param>
/// <param name="RankSum">Sum of the ranks of the positive differences, 0 to Pairs (Pairs + 1) / 2.</param>
/// <param name="PValue">Two-sided; 1 where nothing is left to test.</param>
/// <param name="Exact">
/// Whether the distribution was counted over all 2^Pairs signs, ties included; otherwise the normal approximation with corrections for ties and continuity.
/// </param>
public sealed record SignedRankTest(int Pairs, int Zeros, double RankSum, double PValue, bool Exact)
{
    /// <summary>Up to here all signs are counted: the counts of 2^60 sign patterns lose nothing that a p-value shows in float64.</summary>
    private const int MostExact = 60;

    /// <summary>Tests.</summary>
    /// <param name="differences">Finite differences of the pairs.</param>
    public static SignedRankTest Of(IReadOnlyList<double> differences)
    {
        ArgumentNullException.ThrowIfNull(differences);
        if (differences.Any(d => !double.IsFinite(d))) throw new ArgumentException("Expected finite differences.", nameof(differences));
        double[] used = [.. differences.Where(d => d != 0)];
        var zeros = differences.Count - used.Length;
        if (used.Length == 0) return new(0, zeros, 0, 1, true);

        var ranks = RankCorrelation.Ranks([.. used.Select(Math.Abs)]);
        var positive = ranks.Zip(used).Where(x => x.Second > 0).Sum(x => x.First);
        var exact = used.Length <= MostExact;
        return new(used.Length, zeros, positive, exact ? ExactPValue(ranks, positive) : ApproximatePValue(ranks, positive), exact);
    }

    /// <summary>Counts the subsets of ranks by their sum. Ranks are doubled, since shared ones are halves.</summary>
    private static double ExactPValue(double[] ranks, double positive)
    {
        int[] doubled = [.. ranks.Select(r => (int)Math.Round(2 * r))];
        var share = new double[doubled.Sum() + 1];
        share[0] = 1;
        foreach (var rank in doubled)
        {
            for (var sum = share.Length - 1; sum >= 0; sum--) share[sum] = (share[sum] + (sum >= rank ? share[sum - rank] : 0)) / 2;
        }

        var at = (int)Math.Round(2 * positive);
        var tail = Math.Min(share.Take(at + 1).Sum(), share.Skip(at).Sum());
        return Math.Min(1, 2 * tail);
    }

    private static double ApproximatePValue(double[] ranks, double positive)
    {
        double n = ranks.Length;
        var ties = ranks.CountBy(r => r).Sum(t => ((double)t.Value * t.Value * t.Value) - t.Value);
        var deviation = Math.Sqrt((n * (n + 1) * ((2 * n) + 1) / 24) - (ties / 48));
        var distance = Math.Max(0, Math.Abs(positive - (n * (n + 1) / 4)) - 0.5);
        return Math.Min(1, UpperTail(distance / deviation) * 2);
    }

    /// <summary>Upper tail of the standard normal at z of at least 0: erfc by its rational Chebyshev fit, relative error below 1.2e-7.</summary>
    private static double UpperTail(double z)
    {
        ReadOnlySpan<double> fit = [-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277];
        var x = z / Math.Sqrt(2);
        var t = 1 / (1 + (x / 2));
        var sum = 0.0;
        for (var i = fit.Length - 1; i >= 0; i--) sum = (sum * t) + fit[i];
        return 0.5 * t * Math.Exp((-x * x) + sum);
    }
}
