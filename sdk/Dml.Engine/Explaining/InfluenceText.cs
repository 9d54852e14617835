using System.Globalization;
using Dml.Engine.Features;

namespace Dml.Engine.Explaining;

/// <summary>An explained confusion in one line.</summary>
internal static class InfluenceText
{
    /// <summary>What it is about, its distance, the most harmful and the most helpful sample, and what else to know of it.</summary>
    /// <param name="result">The scores.</param>
    /// <param name="row">Which confusion.</param>
    /// <param name="names">Ids and classes of the samples.</param>
    public static string Line(InfluenceResult result, int row, SampleNames names)
    {
        var target = result.Scores.Targets[row];
        var harm = result.HarmOf(row);
        var ends = target.Distance == 0 ? Duplicate(target.Confusion, names) : result.Signed
            ? $"most harmful {Name(ScoreRanking.MostHarmful(harm, 1))}, most helpful {Name(ScoreRanking.MostHelpful(harm, 1))}"
            : $"most relevant {Name(ScoreRanking.MostRelevant(harm, 1))}";
        var notes = string.Concat(Notes(target.Confusion, names).Select(note => "; note: " + note));
        return string.Create(
            CultureInfo.InvariantCulture, $"{target.Confusion.Name}: {About(target.Confusion, names)}, d = {target.Distance:0.####}; {ends}{notes}");

        string Name(IReadOnlyList<int> ranked) => ranked.Count == 0 ? "none"
            : string.Create(CultureInfo.InvariantCulture, $"{names.Training(ranked[0])} ({harm[ranked[0]]:0.###e+0})");
    }

    private static string Duplicate(Confusion confusion, SampleNames names) => confusion.Kind == ConfusionKind.Pair
        ? $"{names.TestIds[confusion.Pairs[0].Anchor]} is a duplicate of {names.TestIds[confusion.Pairs[0].Neighbour]} with another label, "
            + "so there is nothing to explain"
        : "all of its pairs are duplicates with another label, so there is nothing to explain";

    private static string About(Confusion confusion, SampleNames names)
    {
        var pairs = confusion.Pairs;
        if (confusion.Kind == ConfusionKind.Pair) return $"{names.Test(pairs[0].Anchor)} near {names.Test(pairs[0].Neighbour)}";
        var taken = pairs.Select(p => names.Class(names.TestLabels[p.Neighbour])).Distinct();
        return $"{(pairs.Count == 1 ? "1 pair" : $"{pairs.Count} pairs")} of {names.Class(names.TestLabels[pairs[0].Anchor])} near {string.Join(", ", taken)}";
    }

    private static IEnumerable<string> Notes(Confusion confusion, SampleNames names)
    {
        if (confusion.Note.Length > 0) yield return confusion.Note;
        var lone = confusion.Pairs.Count(p => names.IsLone(p.Anchor));
        if (lone > 0)
        {
            yield return confusion.Kind == ConfusionKind.Pair
                ? $"{names.TestIds[confusion.Pairs[0].Anchor]} is the only test item of its class, so no training can cure this error"
                : $"{lone} of the wrong items are the only ones of their class, so no training can cure those errors";
        }
    }
}
