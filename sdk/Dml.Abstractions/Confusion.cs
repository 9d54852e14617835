namespace Dml;

/// <summary>Two test items whose closeness is to be explained.</summary>
/// <param name="Anchor">a: index of the wrong test item.</param>
/// <param name="Neighbour">b: index of a test item of another class, usually a's nearest neighbour.</param>
public readonly record struct TestPair(int Anchor, int Neighbour);

/// <summary>Whether a confusion was named as one pair or as a group.</summary>
public enum ConfusionKind
{
    /// <summary>One pair of test items.</summary>
    Pair,

    /// <summary>The wrong items of one class with their neighbours in the classes that it is mostly confused with.</summary>
    Group,
}

/// <summary>
/// A retrieval error to explain: a named set of test pairs, <c>d(G) = mean_p ||n(e_a) - n(e_b)||^2</c>. A pair is a group of one.
/// </summary>
/// <param name="Name">Names it in files and reports, for example <c>pair 168:105</c> or <c>group 13</c>.</param>
/// <param name="Kind">Pair or group.</param>
/// <param name="Pairs">At least one pair.</param>
public sealed record Confusion(string Name, ConfusionKind Kind, IReadOnlyList<TestPair> Pairs)
{
    /// <summary>
    /// What a reader of its results should know of it, for example that the second item is not the first one's nearest neighbour; empty for nothing.
    /// </summary>
    public string Note { get; init; } = "";

    /// <summary>The confusion of one pair, named <c>pair a:b</c>.</summary>
    /// <param name="pair">The pair.</param>
    public static Confusion Of(TestPair pair) => new($"pair {pair.Anchor}:{pair.Neighbour}", ConfusionKind.Pair, [pair]);
}
