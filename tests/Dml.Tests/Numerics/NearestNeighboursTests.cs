using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Numerics;

public sealed class NearestNeighboursTests
{
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void Search_equals_a_plain_loop_over_all_pairs(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var (queries, gallery) = (randn(37, 5, dtype: dtype), randn(53, 5, dtype: dtype));
        var found = NearestNeighbours.Between(queries, gallery, 7);
        for (var q = 0; q < 37; q++)
        {
            var expected = Enumerable.Range(0, 53).OrderBy(g => Distance(queries[q], gallery[g])).ThenBy(g => g).Take(7).ToArray();
            Assert.Equal(expected, Enumerable.Range(0, 7).Select(rank => found.At(q, rank)));
            Assert.Equal(Distance(queries[q], gallery[expected[3]]), found.Distances[(q * 7) + 3], 1e-12);
        }
    }

    [Fact]
    public void An_item_is_not_its_own_neighbour_but_its_duplicate_is()
    {
        using var scope = NewDisposeScope();
        var items = tensor(new float[] { 0, 0, 5, 5, 0, 0 }, [3, 2]);
        var found = NearestNeighbours.Within(items, 2);
        Assert.Equal([2, 1, 0, 2, 0, 1], found.Indices);
        Assert.Equal(0, found.Distances[0]);
    }

    [Fact]
    public void Distances_near_zero_keep_their_digits_far_from_the_origin()
    {
        using var scope = NewDisposeScope();
        var items = tensor(new double[] { 1000, 1000, 1000 + 1e-7, 1000, 1000, 1000 + 3e-7 }, [3, 2]);
        var found = NearestNeighbours.Within(items, 1);
        Assert.Equal(1, found.At(0));
        Assert.Equal(1e-7, found.Distances[0], 1e-12);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(1e160)]
    public void Numbers_that_have_no_distance_are_refused(double value)
    {
        using var scope = NewDisposeScope();
        var items = tensor(new double[] { value, 1, 2, 3 }, [2, 2]);
        Assert.StartsWith("Expected embeddings with finite squared norms", Assert.Throws<DmlException>(() => NearestNeighbours.Within(items, 1)).Message);
    }

    [Fact]
    public void Several_blocks_give_what_one_block_gives()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(9);
        var items = randn(3000, 3);
        var all = NearestNeighbours.Within(items, 1);
        foreach (var i in new[] { 0, 2665, 2666, 2667, 2999 })
        {
            var distances = (items - items[i]).to(float64).norm(1);
            distances[i] = double.PositiveInfinity;
            Assert.Equal(distances.argmin().item<long>(), all.At(i));
        }
    }

    [Fact]
    public void Equal_distances_are_ordered_by_index()
    {
        using var scope = NewDisposeScope();
        var items = zeros(12, 3);
        Assert.Equal([1, 2, 3, 4], Enumerable.Range(0, 4).Select(rank => NearestNeighbours.Within(items, 4).At(0, rank)));
    }

    [Fact]
    public void Recall_counts_a_hit_anywhere_among_the_k_nearest()
    {
        var neighbours = new Neighbours(2, [1, 2, 0, 2, 1, 0], [0, 0, 0, 0, 0, 0]);
        long[] labels = [7, 8, 7];
        Assert.Equal(0.0 / 3, RetrievalMetrics.RecallAt(labels, labels, neighbours, 1));
        Assert.Equal(2.0 / 3, RetrievalMetrics.RecallAt(labels, labels, neighbours, 2));
    }

    private static double Distance(Tensor a, Tensor b) => (a.to(float64) - b.to(float64)).norm().item<double>();
}
