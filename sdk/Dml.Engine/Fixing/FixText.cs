using System.Globalization;

namespace Dml.Engine.Fixing;

/// <summary>The outcome of a fix in words.</summary>
internal static class FixText
{
    /// <summary>One sentence.</summary>
    /// <param name="result">The outcome.</param>
    public static string Of(FixResult result)
    {
        if (result.Judged is { } gain)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{Counted(result.Kept)} of {Counted(result.Candidates)} kept; on the part that nothing was chosen by, retraining the head with them gains "
                    + $"{Points(gain.Mean)} points of R@1 ({Points(gain.Low)} to {Points(gain.High)}, p = {gain.PValue:0.####}) "
                    + $"over the same retrainings without.");
        }

        return result.Candidates.Count == 0
            ? "No change is worth making: no label is suspicious enough and no harmful sample is out of place."
            : result.Trials.Count == 0
            ? "No change is worth making: the model has no errors to mend."
            : $"No change is worth making: {Counted(result.Candidates)} were tried, and the best gains {Points(result.Trials.Max(t => t.Gain.Mean))} "
                + "points of R@1 on the queries that choose, too little or too uncertain.";
    }

    /// <summary>A number of changes.</summary>
    public static string Counted(IReadOnlyList<DataChange> changes)
    {
        var relabels = changes.Count(c => c.NewLabel is not null);
        var parts = new[] { (relabels, "new label"), (changes.Count - relabels, "exclusion") }.Where(p => p.Item1 > 0)
            .Select(p => FormattableString.Invariant($"{p.Item1} {p.Item2}{(p.Item1 == 1 ? "" : "s")}")).ToList();
        return parts.Count == 0 ? "no change" : string.Join(" and ", parts);
    }

    /// <summary>Points of R@1 with their sign, a point being 0.01.</summary>
    public static string Points(double share) => (100 * share).ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture);
}
