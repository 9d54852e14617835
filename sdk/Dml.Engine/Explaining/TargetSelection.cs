using System.Globalization;
using Dml.Numerics;

namespace Dml.Engine.Explaining;

/// <summary>Which confusions are to be explained: named pairs, wrong items, groups, in this order.</summary>
internal sealed record TargetSelection
{
    /// <summary>Groups where nothing else is asked for.</summary>
    public const int DefaultGroups = 10;

    /// <summary>Pairs of test items, each of two classes.</summary>
    public IReadOnlyList<TestPair> Pairs { get; init; } = [];

    /// <summary>Pairs as they were given: two indices or two ids, <c>A:B</c>; they stand before <see cref="Pairs"/>.</summary>
    public IReadOnlyList<string> NamedPairs { get; init; } = [];

    /// <summary>How many of the wrong test items, by ascending index, each with its nearest neighbour.</summary>
    public WrongPairs WrongPairs { get; init; } = WrongPairs.None;

    /// <summary>Number of confusion groups, worst class first; null for <see cref="DefaultGroups"/> where no pairs are asked for, else for none.</summary>
    public int? Groups { get; init; }

    /// <summary>The option that <see cref="Pairs"/> were given by, for messages.</summary>
    public string PairsOption { get; init; } = TestPairText.Option;

    /// <summary>The confusions in order, each with a note where there is something to know of it.</summary>
    /// <param name="labels">(M) test labels.</param>
    /// <param name="neighbours">Nearest neighbours of the test items.</param>
    /// <param name="ids">(M) ids of the test items, by which pairs may be named; null for none.</param>
    /// <exception cref="DmlException">A pair or the number of groups is wrong, or there is nothing to explain.</exception>
    public IReadOnlyList<Confusion> Choose(IReadOnlyList<long> labels, Neighbours neighbours, IReadOnlyList<string>? ids = null)
    {
        var wrong = ConfusionFinder.WrongPairs(labels, neighbours);
        TestPair[] pairs = [.. NamedPairs.Select(text => TestPairText.Parse(text, PairsOption, ids)), .. Pairs];
        List<Confusion> targets = [.. pairs.Select(pair => Named(pair, labels, neighbours)), .. wrong.Take(WrongPairs.Most).Select(Confusion.Of)];
        var groups = Groups ?? (pairs.Length == 0 && WrongPairs == WrongPairs.None ? DefaultGroups : 0);
        if (groups < 0) throw new DmlException("groups", "a number of at least 0", $"{groups}");
        targets.AddRange(ConfusionFinder.Groups(labels, wrong, groups).Select(g => g.Confusion));
        if (targets.Count > 0) return targets;
        var reason = wrong.Count == 0 ? $"the nearest neighbour of each of the {labels.Count} test items has the item's own class" : "the options ask for none";
        throw new DmlException(null, "at least one confusion to explain", $"none: {reason}", $"name pairs with {Mention.Option("pairs", "A:B")}");
    }

    private Confusion Named(TestPair pair, IReadOnlyList<long> labels, Neighbours neighbours)
    {
        var (a, b) = (pair.Anchor, pair.Neighbour);
        if (Math.Min(a, b) < 0) throw Wrong("indices of at least 0", $"{Math.Min(a, b)}");
        if (Math.Max(a, b) >= labels.Count) throw Wrong($"indices below {labels.Count}, the number of test items", $"{Math.Max(a, b)}");
        if (a == b) throw Wrong("two different test items", "the same one twice");
        if (labels[a] == labels[b]) throw Wrong("items of different classes", $"class {labels[a]} twice", "such a pair is no confusion");
        return Confusion.Of(pair) with { Note = neighbours.At(a) == b ? "" : $"{b} is not the nearest neighbour of {a}, which is {neighbours.At(a)}" };

        DmlException Wrong(Wording expected, Wording found, Wording? remedy = null) => new(PairsOption, expected, found, remedy, TestPairText.Of(pair));
    }
}

/// <summary>How many of the wrong test items are explained, by ascending index.</summary>
internal readonly record struct WrongPairs
{
    private WrongPairs(int most) => Most = most;

    /// <summary>None of them.</summary>
    public static WrongPairs None => default;

    /// <summary>All of them.</summary>
    public static WrongPairs All => new(int.MaxValue);

    /// <summary>At most so many.</summary>
    public int Most { get; }

    /// <summary>The first of them.</summary>
    /// <param name="count">Most of them, at least 1.</param>
    /// <exception cref="DmlException">The number is below 1.</exception>
    public static WrongPairs First(int count) =>
        count >= 1 ? new(count) : throw new DmlException("wrongPairs", "all or a number of at least 1", $"\"{count}\"");
}

/// <summary>Pairs of test items as text, <c>A:B</c>.</summary>
internal static class TestPairText
{
    /// <summary>The option that takes pairs.</summary>
    public const string Option = "pairs";

    /// <summary>Reads a pair.</summary>
    /// <param name="text">Two test indices or two ids, <c>A:B</c>.</param>
    /// <param name="option">The option that it was given by.</param>
    /// <param name="ids">Ids of the test items; null for none.</param>
    /// <exception cref="DmlException">It is not of that form, or it names no item or more than one.</exception>
    public static TestPair Parse(string text, string option = Option, IReadOnlyList<string>? ids = null)
    {
        var parts = text.Split(':');
        if (parts.Length == 2 && Index(parts[0], out var anchor) && Index(parts[1], out var neighbour)) return new(anchor, neighbour);
        if (ids is null) throw new DmlException(option, "two test indices A:B such as 168:105", $"\"{text}\"");
        TestPair[] found = [.. Named(text, ids)];
        return found.Length == 1 ? found[0]
            : throw new DmlException(
                option, $"two indices or two ids of test items A:B, such as {ids[0]}:{ids[^1]}",
                found.Length == 0 ? $"\"{text}\", which names no two of them" : $"\"{text}\", which names more than two of them", "name them by their indices");
    }

    /// <summary>A pair as <see cref="Parse"/> reads it.</summary>
    /// <param name="pair">The pair.</param>
    public static string Of(TestPair pair) => FormattableString.Invariant($"{pair.Anchor}:{pair.Neighbour}");

    /// <summary>Ids may hold colons themselves, so every colon may be the one between them.</summary>
    private static IEnumerable<TestPair> Named(string text, IReadOnlyList<string> ids)
    {
        for (var colon = text.IndexOf(':', StringComparison.Ordinal); colon >= 0; colon = text.IndexOf(':', colon + 1))
        {
            foreach (var anchor in With(text[..colon]))
            {
                foreach (var neighbour in With(text[(colon + 1)..])) yield return new(anchor, neighbour);
            }
        }

        IEnumerable<int> With(string id) => ids.Index().Where(x => x.Item == id).Select(x => x.Index);
    }

    private static bool Index(string text, out int index) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out index);
}
