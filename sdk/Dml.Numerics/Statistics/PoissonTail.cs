namespace Dml.Numerics;

/// <summary>How likely a count is by chance.</summary>
public static class PoissonTail
{
    /// <summary>P(X >= count) for a Poisson variable.</summary>
    /// <param name="count">At least 0.</param>
    /// <param name="mean">Its expectation, at least 0.</param>
    public static double AtLeast(int count, double mean)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(mean);
        if (count <= 0) return 1;
        if (mean == 0) return 0;

        // Summed upwards from the count, where terms fall, so that small probabilities keep their digits.
        var logTerm = -mean;
        for (var k = 1; k <= count; k++) logTerm += Math.Log(mean / k);
        var (term, sum) = (1.0, 0.0);
        for (var k = count; term > sum * 1e-17 || k <= mean; k++)
        {
            sum += term;
            term *= mean / (k + 1);
        }

        return Math.Min(1, Math.Exp(logTerm + Math.Log(sum)));
    }
}
