namespace Dml.Tests.Influence;

/// <summary>Scores as a text for snapshots.</summary>
internal static class Rankings
{
    /// <summary>Each target with all samples by descending score, from float64 scores.</summary>
    public static string Of(HarmScores scores) => string.Join("\n", scores.Targets.Select((target, row) =>
        $"{target.Confusion.Name}, path {target.Path}, d = {target.Distance:F6}\n" + Of(scores.Harm[row].data<double>().ToArray())));

    /// <summary>All samples by descending score.</summary>
    public static string Of(double[] scores) =>
        string.Concat(Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i]).Select(i => $"  {i,2} {scores[i],10:F6}\n"));
}
