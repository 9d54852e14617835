namespace Dml.Engine.Explaining;

/// <summary>Orders training samples by harm. Equal values stay in index order.</summary>
internal static class ScoreRanking
{
    /// <summary>The samples with Harm &gt; 0, most harmful first.</summary>
    /// <param name="harm">(N) harm values of one target.</param>
    /// <param name="count">Most samples to return.</param>
    public static IReadOnlyList<int> MostHarmful(IReadOnlyList<double> harm, int count) =>
        [.. Enumerable.Range(0, harm.Count).Where(i => harm[i] > 0).OrderByDescending(i => harm[i]).Take(count)];

    /// <summary>The samples with Harm &lt; 0, most helpful first.</summary>
    /// <param name="harm">(N) harm values of one target.</param>
    /// <param name="count">Most samples to return.</param>
    public static IReadOnlyList<int> MostHelpful(IReadOnlyList<double> harm, int count) =>
        [.. Enumerable.Range(0, harm.Count).Where(i => harm[i] < 0).OrderBy(i => harm[i]).Take(count)];

    /// <summary>All samples by descending score, for scores whose sign means nothing.</summary>
    /// <param name="scores">(N) scores of one target.</param>
    /// <param name="count">Most samples to return.</param>
    public static IReadOnlyList<int> MostRelevant(IReadOnlyList<double> scores, int count) =>
        [.. Enumerable.Range(0, scores.Count).OrderByDescending(i => scores[i]).Take(count)];
}
