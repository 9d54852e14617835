using Dml.Engine.Evaluation;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Numerics;

/// <summary>Expected R@k where items are equally far, against all orders of the items.</summary>
public sealed class TiedQueriesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void The_expectation_is_the_mean_over_all_orders(int k)
    {
        foreach (var distances in new double[][] { [1, 1, 1, 2, 2, 3], [1, 2, 2, 2, 2, 2], [1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 1] })
        {
            foreach (var hits in new bool[][] { [false, true, false, true, false, false], [false, false, true, false, true, true], new bool[6] })
            {
                var orders = Orders([0, 1, 2, 3, 4, 5]).ToList();
                var expected = orders.Average(order => order.OrderBy(i => distances[i]).Take(k).Any(i => hits[i]) ? 1.0 : 0);
                Assert.Equal(expected, TiedQueries.Expected(distances, hits, k), 1e-12);
            }
        }
    }

    /// <summary>Ten vectors three times each with labels A A B, in three orders of rows: R@1 as computed is 2/3, 1/3 and 0.</summary>
    [Theory]
    [InlineData("AAB")]
    [InlineData("ABA")]
    [InlineData("BAA")]
    public void All_orders_of_rows_give_the_same_expectation(string order)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var rows = randn(10, 4).repeat_interleave(3, 0);
        long[] labels = [.. Enumerable.Range(0, 30).Select(i => (i / 3 * 2) + (order[i % 3] == 'A' ? 0L : 1L))];
        var scores = RetrievalScores.Of(rows, labels, null, [new RecallAtK(1), new RecallAtK(2)], tiesAt: [1, 2]);
        var tie = Assert.Single(scores.Ties);
        Assert.Equal((1, 30), (tie.K, tie.Queries));
        Assert.Equal(1 / 3.0, tie.ExpectedRecall, 1e-12);
    }

    [Fact]
    public void Without_ties_there_is_nothing_to_tell_and_scores_are_as_before()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(2);
        var (rows, labels) = (randn(40, 4), Enumerable.Range(0, 40).Select(i => (long)(i % 5)).ToArray());
        var with = RetrievalScores.Of(rows, labels, null, [new RecallAtK(1), new RecallAtK(8)], tiesAt: [1, 8]);
        var without = RetrievalScores.Of(rows, labels, null, [new RecallAtK(1), new RecallAtK(8)]);
        Assert.Empty(with.Ties);
        Assert.Equal(without.Means, with.Means);
    }

    private static IEnumerable<int[]> Orders(int[] items) => items.Length == 0 ? [[]]
        : items.SelectMany(first => Orders([.. items.Where(i => i != first)]).Select(rest => (int[])[first, .. rest]));
}
