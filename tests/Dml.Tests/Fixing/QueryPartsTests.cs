using Dml.Engine;
using Dml.Engine.Fixing;

namespace Dml.Tests.Fixing;

public sealed class QueryPartsTests
{
    [Fact]
    public void A_class_is_wholly_in_one_part_and_errors_are_shared_out()
    {
        long[] labels = [.. Enumerable.Range(0, 90).Select(i => (long)(i / 10))];
        bool[] hits = [.. Enumerable.Range(0, 90).Select(i => i % 10 >= labels[i])];
        var parts = QueryParts.Deal(labels, hits, seed: 4);
        foreach (var items in labels.Zip(parts.Of).GroupBy(x => x.First)) Assert.Single(items.Select(x => x.Second).Distinct());
        int[] wrong = [.. Enumerable.Range(0, 3).Select(part => parts.Queries(part).Count(q => !hits[q]))];
        Assert.All(Enumerable.Range(0, 3), part => Assert.Equal(30, parts.Queries(part).Length));

        // Classes have 8, 7, .. 0 errors, and each part gets one of every three: at most 2 apart three times.
        Assert.InRange(wrong.Max() - wrong.Min(), 0, 6);
        Assert.Equal(parts.Of, QueryParts.Deal(labels, hits, seed: 4).Of);
        Assert.NotEqual(parts.Of, QueryParts.Deal(labels, hits, seed: 5).Of);
    }

    [Fact]
    public void Few_classes_are_dealt_out_item_by_item()
    {
        var parts = QueryParts.Deal([0, 0, 0, 0, 1, 1, 1], [true, true, true, false, true, true, false], seed: 0);
        Assert.Equal(7, parts.Clusters.Distinct().Count());
        Assert.Equal([2, 2, 3], Enumerable.Range(0, 3).Select(part => parts.Queries(part).Length).Order());
    }

    [Fact]
    public void Labels_come_before_exclusions_and_exclusions_are_of_harmful_samples_among_another_class()
    {
        Suspect[] suspects =
        [
            Suspect(0, vote: 0.4, own: 0.3), Suspect(1, vote: 0.9, own: 0.1), Suspect(2, vote: 0.3, own: 0.7), Suspect(3, vote: 0.45, own: 0.2),
            Suspect(4, vote: 0.6, own: 0.2), Suspect(5, vote: 0.4, own: 0.1),
        ];
        var found = ChangeCandidates.Of(suspects, [1, 2, 3, 4, 5, -6], leastVote: 0.5);
        Assert.Equal([1, 4, 3, 0], found.Select(c => c.Index));
        Assert.Equal([7, 7, null, null], found.Select(c => c.NewLabel));
        Assert.Equal([1, 2, 3, 4], ChangeCandidates.Cuts(found));
        Assert.Empty(ChangeCandidates.Cuts([]));
        Assert.Equal([1, 4], ChangeCandidates.Of(suspects, [], leastVote: 0.5).Select(c => c.Index));
    }

    private static Suspect Suspect(int index, double vote, double own) => new(index, $"{index}", 0, "zero", 1, 7, "seven", vote, own);
}
