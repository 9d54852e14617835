using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Numerics;

/// <summary>The search against a plain loop where float32 products know nothing, little or all of the order.</summary>
public sealed class NeighbourSearchTests
{
    private const int Items = 300;
    private const int Size = 24;

    /// <summary>
    /// Items whose differences are small whole numbers times a power of two: any order of additions gives the same distance, most
    /// distances occur often, and the order is that of the indices then.
    /// </summary>
    private static readonly Dictionary<string, Func<Tensor, Tensor>> Exact = new()
    {
        ["whole numbers"] = whole => whole,
        ["a large offset"] = whole => whole + Math.ScaleB(1, 21),
        ["copies"] = whole => whole.narrow(0, 0, 7).repeat(50, 1).narrow(0, 0, Items),
        ["zeros"] = whole => whole * 0,
        ["one far item"] = whole => With(whole, Math.ScaleB(1, 60)),
        ["numbers below float32's normal ones"] = whole => whole * Math.ScaleB(1, -140),
        ["numbers near float32's largest"] = whole => whole * Math.ScaleB(1, 125),
    };

    /// <summary>Items that need float64.</summary>
    private static readonly Dictionary<string, Func<Tensor, Tensor>> ExactInDouble = new()
    {
        ["an offset at the end of float64's digits"] = whole => whole + Math.ScaleB(1, 50),
        ["huge numbers"] = whole => whole * Math.ScaleB(1, 490),
        ["tiny numbers"] = whole => whole * Math.ScaleB(1, -500),
        ["one item far beyond float32"] = whole => With(whole, Math.ScaleB(1, 480)),
    };

    public static TheoryData<string, ScalarType, int> ExactCases
    {
        get
        {
            var data = new TheoryData<string, ScalarType, int>();
            foreach (var k in new[] { 1, 9, Items - 1 })
            {
                foreach (var name in Exact.Keys) data.Add(name, ScalarType.Float32, k);
                foreach (var name in Exact.Keys.Concat(ExactInDouble.Keys)) data.Add(name, ScalarType.Float64, k);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(ExactCases))]
    public void Neighbours_equal_a_plain_loop_to_the_last_tie(string name, ScalarType dtype, int k)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        var make = Exact.GetValueOrDefault(name) ?? ExactInDouble[name];
        var items = make(randint(-2, 3, [Items, Size], float64)).to(dtype);
        var rows = PlainNeighbours.Rows(items);
        var found = NearestNeighbours.Within(items, k);
        for (var i = 0; i < Items; i++)
        {
            var expected = PlainNeighbours.Of(rows[i], rows, excluded: i)[..k];
            Assert.Equal(expected.Select(x => x.Index), found.Indices.Skip(i * k).Take(k));
            Assert.Equal(expected.Select(x => x.Distance), found.Distances.Skip(i * k).Take(k));
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1)]
    [InlineData(ScalarType.Float32, 40)]
    [InlineData(ScalarType.Float64, 1)]
    [InlineData(ScalarType.Float64, 40)]
    public void Blocks_of_any_size_give_what_a_plain_loop_gives(ScalarType dtype, int k)
    {
        // With 200 dimensions and 1 MiB: three panels, five products a panel, five blocks of queries.
        using var scope = NewDisposeScope();
        random.manual_seed(6);
        var (queries, gallery) = (randn(331, 200, dtype), randn(810, 200, dtype));
        var small = NearestNeighbours.Between(queries, gallery, k, NearestNeighbours.LeastMemoryBytes);
        var large = NearestNeighbours.Between(queries, gallery, k);
        Assert.Equal(large.Indices, small.Indices);
        Assert.Equal(large.Distances, small.Distances);
        var rows = PlainNeighbours.Rows(gallery);
        foreach (var (q, query) in PlainNeighbours.Rows(queries).Index().Where(q => q.Index % 7 == 0))
        {
            var expected = PlainNeighbours.Of(query, rows)[..k];
            Assert.Equal(expected.Select(x => x.Index), small.Indices.Skip(q * k).Take(k));
            foreach (var (rank, (_, distance)) in expected.Index()) Assert.Equal(distance, small.Distances[(q * k) + rank], 1e-12 * distance);
        }
    }

    [Fact]
    public void Self_is_excluded_in_every_block_and_panel()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(7);
        var items = randn(900, 200);
        var found = NearestNeighbours.Within(items, 2, NearestNeighbours.LeastMemoryBytes);
        Assert.DoesNotContain(Enumerable.Range(0, 900), i => found.At(i) == i || found.At(i, 1) == i);
        Assert.Equal(NearestNeighbours.Within(items, 2).Indices, found.Indices);
    }

    [Fact]
    public void Few_distances_are_measured_where_float32_tells_the_items_apart()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(8);
        var search = Run(randn(2000, 64) + 100, 1);
        Assert.False(search.Effort.Double);
        Assert.InRange(search.Effort.Measured, 2000, 3 * 2000);
    }

    [Fact]
    public void Float64_products_take_over_where_float32_does_not_tell_the_items_apart()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(8);
        var search = Run(With(randn(3000, 64, float64), 1e8), 1);
        Assert.True(search.Effort.Double);

        // The first block of 1,024 queries measured all; the others a few.
        Assert.InRange(search.Effort.Measured, 1024 * 2999, (1024 * 2999) + (3 * 2000));
    }

    [Fact]
    public void Queries_and_gallery_of_two_dtypes_are_compared_in_float64()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(9);
        var (queries, gallery) = (randn(20, 6), randn(30, 6, float64));
        var (mixed, wide) = (NearestNeighbours.Between(queries, gallery, 3), NearestNeighbours.Between(queries.to(float64), gallery, 3));
        Assert.Equal(wide.Indices, mixed.Indices);
        Assert.Equal(wide.Distances, mixed.Distances);
    }

    [Fact]
    public void A_transposed_view_is_read_in_its_own_order()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(10);
        var items = randn(12, 40).t();
        Assert.Equal(NearestNeighbours.Within(items.contiguous(), 2).Indices, NearestNeighbours.Within(items, 2).Indices);
    }

    [Fact]
    public void A_search_leaves_no_tensor_behind()
    {
        using var scope = NewDisposeScope();
        var items = With(randn(1500, 8, float64), 1e9);
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        NearestNeighbours.Within(items, 3);
        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Theory]
    [InlineData(14_218, 12_612, 512, 1, 256)]
    [InlineData(60_000, 60_000, 2048, 1, 256)]
    [InlineData(5_924, 5_924, 512, 5_923, 64)]
    [InlineData(900, 1_000_000, 64, 50, 16)]
    [InlineData(300, 300, 4, 299, 1)]
    public void Blocks_stay_within_the_memory_asked_for(int queries, int gallery, int size, int k, int megabytes)
    {
        var plan = BlockPlan.Of(queries, gallery, size, k, (long)megabytes << 20);
        Assert.InRange(plan.Rows, 1, queries);
        Assert.InRange(plan.Columns, 1, plan.Panel);
        Assert.InRange(plan.Panel, 1, gallery);

        // Rows in float64 with their norms, |g| and |g|^2 less the bound; then k indices and distances a query, and the products.
        var panel = plan.Panel * ((8L * size) + 24);
        var block = plan.Rows * ((8L * size) + 8 + (12L * k));
        var products = 8L * plan.Rows * plan.Columns;
        Assert.InRange(panel + block + products, 1, (long)megabytes << 20);
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => NearestNeighbours.Between(zeros(3, 4), zeros(3, 5), 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => NearestNeighbours.Within(zeros(3, 4), 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => NearestNeighbours.Within(zeros(3, 4), 1, memoryBytes: 1000));
    }

    [Fact]
    public void A_cancelled_search_stops()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<OperationCanceledException>(() => NearestNeighbours.Within(zeros(3, 4), 1, new CancellationToken(canceled: true)));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(64)]
    [InlineData(513)]
    public void The_rounding_of_products_stays_within_its_bound(int size)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(11);
        var (a, b) = (Unit(randn(60, size, float64)), Unit(cat([randn(40, size, float64), ones(1, size, float64), -ones(1, size, float64)])));
        var exact = a.mm(b.t()) * -2;
        var single = (a.to(float32).mm(b.to(float32).t()) * -2).to(float64);
        Assert.InRange((single - exact).abs().max().item<double>(), 1e-9, RoundingBound<float>.Of(size).PerNorms);
        Assert.InRange(RoundingBound<double>.Of(size).PerNorms, size * 2e-16, size * 4e-15);

        static Tensor Unit(Tensor rows) => rows / rows.norm(1, keepdim: true);
    }

    private static NeighbourSearch Run(Tensor items, int k)
    {
        var search = new NeighbourSearch(items, items, k, excludeSelf: true, NearestNeighbours.DefaultMemoryBytes);
        search.Run(_ => { }, default);
        return search;
    }

    /// <summary>The last item put far away along one axis.</summary>
    private static Tensor With(Tensor items, double far)
    {
        items[-1] = zeros(items.shape[1], items.dtype);
        items[-1, 0] = tensor(far, items.dtype);
        return items;
    }
}
