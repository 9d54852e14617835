namespace Dml.Numerics;

/// <summary>
/// McNemar's exact test of two yes-or-no outcomes on the same items (Psychometrika 12, 1947): do the items that changed go one way? Under the
/// null hypothesis each of the n = Gained + Lost changed items went either way with probability 1/2, so Gained is binomial (n, 1/2).
/// </summary>
/// <param name="Gained">Items that changed from no to yes.</param>
/// <param name="Lost">Items that changed from yes to no.</param>
/// <param name="PValue">Two-sided: 2 P(X &lt;= min(Gained, Lost)), at most 1; 1 where nothing changed.</param>
public sealed record McNemarTest(int Gained, int Lost, double PValue)
{
    /// <summary>Tests.</summary>
    /// <param name="gained">Items that changed from no to yes, at least 0.</param>
    /// <param name="lost">Items that changed from yes to no, at least 0.</param>
    public static McNemarTest Of(int gained, int lost)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(gained);
        ArgumentOutOfRangeException.ThrowIfNegative(lost);
        var n = gained + lost;
        var tail = 0.0;
        // In logarithms: 2^-n is zero in float64 from n = 1,075 on, and the sum of many such terms is not.
        var term = -n * Math.Log(2);
        for (var k = 0; k <= Math.Min(gained, lost); k++)
        {
            tail += Math.Exp(term);
            term += Math.Log(n - k) - Math.Log(k + 1);
        }

        return new(gained, lost, Math.Min(1, 2 * tail));
    }
}
