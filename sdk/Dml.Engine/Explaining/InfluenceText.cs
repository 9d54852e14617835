using System.Globalization;
using Dml.Engine.Features;

namespace Dml.Engine.Explaining;

/// <summary>An explained confusion in one line.</summary>
internal static class InfluenceText
{
    /// <summary>Its size, its distance, the most harmful and the most helpful sample, and what else to know of it.</summary>
    /// <param name="result">The scores.</param>
    /// <param name="row">Which confusion.</param>
    /// <param name="samples">Names of the training samples.</param>
    public static string Line(InfluenceResult result, int row, TrainingSamples samples)
    {
        var target = result.Scores.Targets[row];
        var harm = result.HarmOf(row);
        var ends = result.Signed
            ? $"most harmful {Name(ScoreRanking.MostHarmful(harm, 1))}, most helpful {Name(ScoreRanking.MostHelpful(harm, 1))}"
            : $"most relevant {Name(ScoreRanking.MostRelevant(harm, 1))}";
        var pairs = target.Confusion.Pairs.Count;
        var note = target.Confusion.Note.Length > 0 ? "; note: " + target.Confusion.Note : "";
        return string.Create(
            CultureInfo.InvariantCulture, $"{target.Confusion.Name}: {(pairs == 1 ? "1 pair" : $"{pairs} pairs")}, d = {target.Distance:0.####}; {ends}{note}");

        string Name(IReadOnlyList<int> ranked) => ranked.Count == 0 ? "none"
            : string.Create(CultureInfo.InvariantCulture, $"{samples.Ids[ranked[0]]} ({harm[ranked[0]]:0.###e+0})");
    }
}
