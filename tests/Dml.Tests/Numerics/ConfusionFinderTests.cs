using System.Text.Json;
using Dml.Numerics;
using Dml.Tests.Support;

namespace Dml.Tests.Numerics;

public sealed class ConfusionFinderTests
{
    [Fact]
    public void All_ten_classes_are_kept_when_no_prefix_passes_one_half()
    {
        var facts = JsonDocument.Parse(File.ReadAllText(Fixtures.Path("golden", "extra", "confusion_fallback.json"))).RootElement;
        var groups = GroupsOf(facts.GetProperty("counts"), 4);
        var intended = facts.GetProperty("intended_first_row").EnumerateArray().Select(p => p[1].GetInt64());
        Assert.Equal(12, groups[0].Label);
        Assert.Equal(intended, groups[0].ConfusedWith);
        Assert.Equal([30, 29, 20, 21], groups[1].ConfusedWith);
        Assert.Equal([16, 17, 18], groups[2].ConfusedWith);
        Assert.Equal([40], groups[3].ConfusedWith);
    }

    [Fact]
    public void Exactly_one_half_is_not_enough_and_ties_go_to_the_smaller_class()
    {
        var groups = GroupsOf(JsonDocument.Parse("""{ "3": { "9": 2, "5": 2 }, "1": { "4": 1, "2": 3 } }""").RootElement, 9);
        Assert.Equal([1, 3], groups.Select(g => g.Label));
        Assert.Equal([2], groups[0].ConfusedWith);
        Assert.Equal([5, 9], groups[1].ConfusedWith);
        Assert.Equal(3, groups[0].Confusion.Pairs.Count);
        Assert.Equal(4, groups[0].WrongCount);
    }

    /// <summary>Makes a test set with given counts of (class, class of the nearest neighbour) and finds its groups.</summary>
    private static IReadOnlyList<ConfusionGroup> GroupsOf(JsonElement counts, int count)
    {
        var labels = new List<long>();
        var confused = new List<long>();
        foreach (var row in counts.EnumerateObject())
        {
            foreach (var cell in row.Value.EnumerateObject())
            {
                for (var i = 0; i < cell.Value.GetInt32(); i++)
                {
                    labels.Add(long.Parse(row.Name));
                    confused.Add(long.Parse(cell.Name));
                }
            }
        }

        // One item of every confused class, so that there is somebody to be nearest to; such items are right here.
        var wrongCount = labels.Count;
        var anchors = confused.Distinct().ToList();
        labels.AddRange(anchors);
        var wrong = Enumerable.Range(0, wrongCount).Select(i => new TestPair(i, wrongCount + anchors.IndexOf(confused[i]))).ToList();
        return ConfusionFinder.Groups(labels, wrong, count);
    }
}
