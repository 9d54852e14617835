using System.Globalization;
using Dml.Numerics;

namespace Dml.Engine.Explaining;

/// <summary>A confusion to explain, with what the caller should know of it.</summary>
/// <param name="Confusion">The pairs.</param>
/// <param name="Note">For example that the pair's second item is not the first one's nearest neighbour; empty for nothing.</param>
internal sealed record SelectedTarget(Confusion Confusion, string Note = "");

/// <summary>Which confusions a command explains: named pairs, wrong items, groups, in this order.</summary>
/// <param name="Pairs">Texts "A:B".</param>
/// <param name="WrongPairs">"all" or a number; null for none.</param>
/// <param name="Groups">Number of groups; null for none.</param>
internal sealed record TargetSelection(IReadOnlyList<string> Pairs, string? WrongPairs, int? Groups)
{
    private const int DefaultGroups = 10;

    /// <summary>Where <see cref="Pairs"/> were given, for messages.</summary>
    public string PairsFrom { get; init; } = "pairs";

    /// <summary>The targets in order.</summary>
    /// <param name="labels">(M) test labels.</param>
    /// <param name="neighbours">Nearest neighbours of the test items.</param>
    /// <exception cref="DmlException">A pair or a number is wrong, or there is nothing to explain.</exception>
    public IReadOnlyList<SelectedTarget> Choose(IReadOnlyList<long> labels, Neighbours neighbours)
    {
        var wrong = ConfusionFinder.WrongPairs(labels, neighbours);
        var targets = Pairs.Select(text => Named(text, labels, neighbours)).ToList();
        if (WrongPairs is not null)
        {
            targets.AddRange(wrong.Take(WrongPairCount()).Select(p => new SelectedTarget(new($"pair {p.Anchor}:{p.Neighbour}", ConfusionKind.Pair, [p]))));
        }

        var groups = Groups ?? (Pairs.Count == 0 && WrongPairs is null ? DefaultGroups : 0);
        if (groups < 0) throw new DmlException("groups", "a number of at least 0", $"{groups}");
        targets.AddRange(ConfusionFinder.Groups(labels, wrong, groups).Select(g => new SelectedTarget(g.Confusion)));
        return targets.Count > 0 ? targets
            : throw new DmlException(
                null, "at least one confusion to explain",
                $"none: {(wrong.Count == 0 ? $"the nearest neighbour of each of the {labels.Count} test items has the item's own class" : "the options ask for none")}", $"name pairs with {Mention.Option("pairs", "A:B")}");
    }

    private int WrongPairCount()
    {
        if (WrongPairs == "all") return int.MaxValue;
        return int.TryParse(WrongPairs, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? count
            : throw new DmlException("wrongPairs", "all or a number of at least 1", $"\"{WrongPairs}\"");
    }

    private SelectedTarget Named(string text, IReadOnlyList<long> labels, Neighbours neighbours)
    {
        var parts = text.Split(':');
        if (parts.Length != 2 || !Index(parts[0], out var a) || !Index(parts[1], out var b))
        {
            throw new DmlException(PairsFrom, "two test indices A:B such as 168:105", $"\"{text}\"");
        }

        if (Math.Max(a, b) >= labels.Count) throw new DmlException(PairsFrom, $"indices below {labels.Count}, the number of test items", $"{Math.Max(a, b)}", at: text);
        if (a == b) throw new DmlException(PairsFrom, "two different test items", "the same one twice", at: text);
        if (labels[a] == labels[b]) throw new DmlException(PairsFrom, "items of different classes", $"class {labels[a]} twice", "such a pair is no confusion", text);
        var note = neighbours.At(a) == b ? "" : $"{b} is not the nearest neighbour of {a}, which is {neighbours.At(a)}";
        return new(new($"pair {a}:{b}", ConfusionKind.Pair, [new(a, b)]), note);
    }

    private static bool Index(string text, out int index) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out index);
}
