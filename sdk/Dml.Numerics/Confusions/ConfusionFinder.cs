namespace Dml.Numerics;

/// <summary>Finds the retrieval errors of a test set: wrong items, their pairs and their groups (numerics, section 5).</summary>
public static class ConfusionFinder
{
    private const int MostConfusedClasses = 10;

    /// <summary>The wrong items: those whose nearest other test item has another label, by ascending index, as confusion pairs.</summary>
    /// <param name="labels">(M) labels of the test items.</param>
    /// <param name="neighbours">Neighbours of each test item among the others.</param>
    public static IReadOnlyList<TestPair> WrongPairs(IReadOnlyList<long> labels, Neighbours neighbours)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(neighbours);
        return [.. Enumerable.Range(0, labels.Count)
            .Select(i => new TestPair(i, neighbours.At(i)))
            .Where(p => labels[p.Anchor] != labels[p.Neighbour])];
    }

    /// <summary>
    /// The confusion groups of the classes with most wrong items. A class's group holds its wrong items whose neighbour lies in the
    /// shortest prefix of its most frequent wrong classes (at most ten) with more than half of them; all ten where no prefix has.
    /// Ties: larger count first, then smaller class. Pairs are ordered by confused class in that order, then by index.
    /// </summary>
    /// <param name="labels">(M) labels of the test items.</param>
    /// <param name="wrong">The wrong pairs by ascending index.</param>
    /// <param name="count">Most groups to return.</param>
    public static IReadOnlyList<ConfusionGroup> Groups(IReadOnlyList<long> labels, IReadOnlyList<TestPair> wrong, int count)
    {
        ArgumentNullException.ThrowIfNull(labels);
        return [.. wrong
            .GroupBy(p => labels[p.Anchor])
            .OrderByDescending(g => g.Count()).ThenBy(g => g.Key)
            .Take(count)
            .Select(g => Group(labels, g.Key, [.. g]))];
    }

    private static ConfusionGroup Group(IReadOnlyList<long> labels, long label, IReadOnlyList<TestPair> wrong)
    {
        var byClass = wrong.GroupBy(p => labels[p.Neighbour]).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).Take(MostConfusedClasses).ToList();
        var kept = 0;
        for (var sum = 0; kept < byClass.Count && 2 * sum <= wrong.Count; kept++) sum += byClass[kept].Count();
        var confusedWith = byClass.Take(kept).Select(g => g.Key).ToArray();
        return new(label, wrong.Count, confusedWith, new($"group {label}", ConfusionKind.Group, [.. byClass.Take(kept).SelectMany(g => g)]));
    }
}
