using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Numerics;

public sealed class KMeansTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(50)]
    public void Iterations_equal_plain_loops_from_the_same_centres(int iterations)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var items = randn(90, 5, float64);
        int[] centres = [3, 14, 15, 65, 35, 89];
        using var lloyd = new Lloyd(items, centres, NearestNeighbours.DefaultMemoryBytes);
        var found = lloyd.Run(iterations, tolerance: 0, null, default);
        var (clusters, inertia) = PlainLloyd(PlainNeighbours.Rows(items), centres, found.Iterations);
        Assert.Equal(clusters, found.Clusters);
        Assert.Equal(inertia, found.Inertia, 1e-9 * inertia);
        Assert.Equal(iterations == 50, found.Converged);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Centres_that_stand_still_are_passed_over_without_a_trace(int seed)
    {
        // Most groups stand apart and settle at once; the rest moves on, on a grid, where distances are equal.
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        var apart = (arange(30, dtype: float64).unsqueeze(1) * 100).expand(30, 3).repeat_interleave(20, 0)
            + randn([600, 3], dtype: float64, generator: generator);
        var together = randn([400, 3], dtype: float64, generator: generator) - 50;
        int[] centres = [.. Enumerable.Range(0, 30).Select(i => 20 * i), .. Enumerable.Range(0, 25).Select(i => 600 + (16 * i))];
        for (var iterations = 1; iterations <= 12; iterations++)
        {
            var found = Run(cat([apart, together]), spares: true);
            Assert.Equal(PlainLloyd(PlainNeighbours.Rows(cat([apart, together])), centres, found.Iterations).Clusters, found.Clusters);
            var ties = cat([apart, together.round()]);
            var (some, all) = (Run(ties, spares: true), Run(ties, spares: false));
            Assert.Equal(all.Clusters, some.Clusters);
            Assert.Equal((all.Inertia, all.Iterations, all.Converged), (some.Inertia, some.Iterations, some.Converged));

            KMeans Run(Tensor items, bool spares)
            {
                using var lloyd = new Lloyd(items, centres, NearestNeighbours.DefaultMemoryBytes) { MostMoved = spares ? 1 : 0 };
                return lloyd.Run(iterations, tolerance: 0, null, default);
            }
        }
    }

    [Fact]
    public void A_converged_clustering_is_one_that_an_iteration_leaves_as_it_is()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(2);
        var items = randn(200, 4, float64);
        var found = KMeans.Run(items, 9, new() { Seed = 5, Tolerance = 0, MostIterations = 1000 });
        Assert.True(found.Converged);
        var rows = PlainNeighbours.Rows(items);
        var means = Means(rows, found.Clusters, 9);
        Assert.Equal(found.Clusters, rows.Select(row => Nearest(row, means)));
        Assert.Equal(rows.Index().Sum(r => Math.Pow(PlainNeighbours.Distance(r.Item, means[found.Clusters[r.Index]]), 2)), found.Inertia, 1e-9);
    }

    [Fact]
    public void Groups_far_apart_are_found()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        var labels = Enumerable.Range(0, 400).Select(i => (long)(i * 7 % 20)).ToArray();
        var items = randn(20, 16).index_select(0, tensor(labels)) + (0.01 * randn(400, 16));
        foreach (var seed in new[] { 0, 1, 2 })
        {
            Assert.Equal(1, ClusteringMetrics.NormalizedMutualInformation(labels, KMeans.Run(items, 20, new() { Seed = seed, Restarts = 5 }).Clusters), 1e-12);
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_clusters_for_any_threads_and_blocks_and_another_seed_others()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(4);
        var items = randn(700, 60);
        var found = KMeans.Run(items, 30, new() { Seed = 8 });
        var threads = get_num_threads();
        set_num_threads(threads == 1 ? 2 : 1);
        var again = KMeans.Run(items, 30, new() { Seed = 8, MemoryBytes = NearestNeighbours.LeastMemoryBytes });
        set_num_threads(threads);
        Assert.Equal(found.Clusters, again.Clusters);
        Assert.Equal(found.Inertia, again.Inertia);
        Assert.NotEqual(found.Clusters, KMeans.Run(items, 30, new() { Seed = 9 }).Clusters);
    }

    [Fact]
    public void Restarts_keep_the_least_inertia()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        var items = randn(120, 2);
        var restarts = Enumerable.Range(1, 6).Select(n => KMeans.Run(items, 12, new() { Seed = 3, Restarts = n }).Inertia).ToList();
        Assert.All(restarts.Zip(restarts.Skip(1)), x => Assert.True(x.Second <= x.First));
        Assert.True(restarts[^1] < restarts[0]);
    }

    [Fact]
    public void A_cluster_that_loses_its_items_gets_the_farthest_item()
    {
        // Both centres are the same item: the first takes all, the second gets the item that is farthest from it.
        using var scope = NewDisposeScope();
        var items = tensor(new double[] { 0, 1, 2, 10, 30 }).unsqueeze(1);
        using var lloyd = new Lloyd(items, [0, 0], NearestNeighbours.DefaultMemoryBytes);
        Assert.Equal([0, 0, 0, 0, 1], lloyd.Run(1, 0, null, default).Clusters);
        using var three = new Lloyd(items, [4, 4, 4], NearestNeighbours.DefaultMemoryBytes);
        Assert.Equal(3, three.Run(20, 0, null, default).Clusters.Distinct().Count());
    }

    [Fact]
    public void Fewer_distinct_items_than_clusters_leave_clusters_empty_and_no_inertia()
    {
        using var scope = NewDisposeScope();
        var items = tensor(new double[] { 1, 1, 2, 2, 2, 1, 2, 1 }).unsqueeze(1);
        var found = KMeans.Run(items, 5, new() { Seed = 1 });
        Assert.Equal(0, found.Inertia);
        Assert.True(found.Converged);
        Assert.Equal(1, ClusteringMetrics.NormalizedMutualInformation([1, 1, 2, 2, 2, 1, 2, 1], found.Clusters), 1e-12);
    }

    [Fact]
    public void As_many_clusters_as_items_give_each_its_own()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(6);
        var found = KMeans.Run(randn(40, 3), 40);
        Assert.Equal(Enumerable.Range(0, 40), found.Clusters.Order());
        Assert.Equal(0, found.Inertia);
    }

    [Fact]
    public void First_centres_are_drawn_by_the_squared_distance_to_those_before()
    {
        // Two centres from one pass: the second of them is accepted or refused. Exact probabilities of all pairs against 20,000 draws.
        using var scope = NewDisposeScope();
        double[] points = [0, 1, 2.5, 3, 6];
        var items = tensor(points).unsqueeze(1);
        var squares = points.Select(x => x * x).ToArray();
        var counts = new Dictionary<(int, int), int>();
        const int Draws = 20_000;
        var source = CounterRandom.FromState(42);
        for (var draw = 0; draw < Draws; draw++)
        {
            List<int> centres = [0];
            while (centres.Count < 3) KMeansPlusPlus.DrawSome(items, centres, known: 1, wanted: 3, squares, source);
            counts[(centres[1], centres[2])] = counts.GetValueOrDefault((centres[1], centres[2])) + 1;
        }

        var expected = new Dictionary<(int, int), double>();
        foreach (var a in Enumerable.Range(1, 4))
        {
            var now = points.Select(x => Math.Min(x * x, (x - points[a]) * (x - points[a]))).ToArray();
            foreach (var b in Enumerable.Range(1, 4).Where(b => b != a)) expected[(a, b)] = squares[a] / squares.Sum() * now[b] / now.Sum();
        }

        Assert.Equal(expected.Keys.Order(), counts.Keys.Order());
        var chiSquared = expected.Sum(x => Math.Pow(counts[x.Key] - (Draws * x.Value), 2) / (Draws * x.Value));

        // Eleven degrees of freedom: 31.3 is passed once in a thousand.
        Assert.InRange(chiSquared, 0, 31.3);
    }

    [Fact]
    public void Random_numbers_are_those_of_splitmix64()
    {
        var random = CounterRandom.FromState(0);
        ulong[] drawn = [random.NextBits(), random.NextBits(), random.NextBits()];
        Assert.Equal([0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F], drawn);
    }

    [Fact]
    public void The_validation_score_is_the_harmonic_mean_of_recall_and_nmi()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(7);
        var labels = Enumerable.Range(0, 60).Select(i => (long)(i % 4)).ToArray();
        var items = (2 * randn(4, 6).index_select(0, tensor(labels))) + randn(60, 6);
        var score = ValidationScore.Of(items, labels, seed: 3);
        var rows = PlainNeighbours.Rows(items);
        Assert.Equal(Enumerable.Range(0, 60).Count(i => labels[PlainNeighbours.Of(rows[i], rows, i)[0].Index] == labels[i]) / 60.0, score.RecallAt1, 1e-12);
        Assert.Equal(
            ClusteringMetrics.NormalizedMutualInformation(labels, KMeans.Run(items, 4, new() { Seed = 3 }).Clusters), score.NormalizedMutualInformation);
        Assert.InRange(score.NormalizedMutualInformation, 0.1, 0.999);
        Assert.Equal(2 / ((1 / score.RecallAt1) + (1 / score.NormalizedMutualInformation)), score.HarmonicMean, 1e-12);
        Assert.Equal(0, new ValidationScore(0, 0).HarmonicMean);
    }

    private static (int[] Clusters, double Inertia) PlainLloyd(double[][] rows, int[] centres, int iterations)
    {
        var means = centres.Select(c => rows[c]).ToArray();
        int[] clusters = [];
        for (var i = 0; i < iterations; i++)
        {
            clusters = [.. rows.Select(row => Nearest(row, means))];
            means = Means(rows, clusters, centres.Length);
        }

        return (clusters, rows.Zip(clusters).Sum(x => Math.Pow(PlainNeighbours.Distance(x.First, means[x.Second]), 2)));
    }

    private static int Nearest(double[] row, double[][] means) => PlainNeighbours.Of(row, means)[0].Index;

    private static double[][] Means(double[][] rows, IReadOnlyList<int> clusters, int count) => [.. Enumerable.Range(0, count).Select(c =>
    {
        var own = rows.Where((_, i) => clusters[i] == c).ToList();
        return Enumerable.Range(0, rows[0].Length).Select(e => own.Sum(row => row[e]) / own.Count).ToArray();
    })];
}
