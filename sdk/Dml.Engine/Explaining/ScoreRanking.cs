namespace Dml.Engine.Explaining;

/// <summary>Orders training samples by harm. Equal values stay in index order.</summary>
internal static class ScoreRanking
{
    /// <summary>The samples with Harm &gt; 0, most harmful first.</summary>
    /// <param name="harm">(N) harm values of one target, finite.</param>
    /// <param name="count">Most samples to return.</param>
    public static IReadOnlyList<int> MostHarmful(IReadOnlyList<double> harm, int count) => Largest(harm, count, 0, 1);

    /// <summary>The samples with Harm &lt; 0, most helpful first.</summary>
    /// <param name="harm">(N) harm values of one target, finite.</param>
    /// <param name="count">Most samples to return.</param>
    public static IReadOnlyList<int> MostHelpful(IReadOnlyList<double> harm, int count) => Largest(harm, count, 0, -1);

    /// <summary>All samples by descending score, for scores whose sign means nothing.</summary>
    /// <param name="scores">(N) scores of one target, finite.</param>
    /// <param name="count">Most samples to return.</param>
    public static IReadOnlyList<int> MostRelevant(IReadOnlyList<double> scores, int count) => Largest(scores, count, double.NegativeInfinity, 1);

    private static int[] Largest(IReadOnlyList<double> scores, int count, double above, double sign)
    {
        var largest = new LargestScores(count, above);
        largest.Add(scores as double[] ?? [.. scores], 0, sign);
        return [.. largest.Largest().Select(l => l.Sample)];
    }
}
