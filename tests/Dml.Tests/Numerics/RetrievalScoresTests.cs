using Dml.Engine.Evaluation;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Numerics;

public sealed class RetrievalScoresTests
{
    private static readonly int[] Ranks = [1, 2, 5];
    private static readonly QueryMetric[] Metrics =
        [.. Ranks.Select(k => new RecallAtK(k)), new MeanAveragePrecisionAtR(), new RPrecision(), new MeanReciprocalRank()];

    [Theory]
    [InlineData(null)]
    [InlineData(40)]
    public void All_figures_equal_plain_loops(int? queryCount)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);

        // Class 30 has one item; class 31 has queries alone and class 32 gallery items alone where there is a gallery.
        var labels = Enumerable.Range(0, 130).Select(i => i switch { 0 => 30L, < 4 => 31L, > 127 => 32L, _ => i * i % 9 }).ToArray();
        var items = randn(33, 6).index_select(0, tensor(labels)) + (0.8 * randn(130, 6));
        var scores = RetrievalScores.Of(items, labels, queryCount, Metrics, memoryBytes: NearestNeighbours.LeastMemoryBytes);
        var rows = PlainNeighbours.Rows(items);
        var gallery = Enumerable.Range(queryCount ?? 0, 130 - (queryCount ?? 0)).ToArray();
        var ranked = Enumerable.Range(0, queryCount ?? 130)
            .Select(q => PlainNeighbours.Of(rows[q], [.. gallery.Select(g => rows[g])], queryCount is null ? q : -1)
                .Select(x => labels[gallery[x.Index]]).ToArray()).ToArray();
        var queries = Enumerable.Range(0, ranked.Length).ToList();
        foreach (var (k, recall) in Ranks.Zip(scores.Means))
        {
            Assert.Equal(queries.Count(q => ranked[q].Take(k).Contains(labels[q])) / (double)queries.Count, recall!.Value, 1e-12);
        }

        Assert.Equal((queries.Count, queries.Count(q => ranked[q][0] != labels[q])), (scores.Queries, scores.Wrong));
        Assert.Equal(scores.Means[0], scores.RecallAt1);
        AssertMeans(queries, ranked, labels, scores.Means);

        Assert.Equal(labels.Take(queries.Count).Distinct().Order(), scores.Classes.Select(c => c.Label));
        foreach (var score in scores.Classes)
        {
            var own = queries.Where(q => labels[q] == score.Label).ToList();
            var wrong = own.Where(q => ranked[q][0] != score.Label).ToList();
            var most = wrong.GroupBy(q => ranked[q][0]).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).FirstOrDefault();
            Assert.Equal(new ClassScore(score.Label, own.Count, wrong.Count, score.Means, most?.Key, most?.Count() ?? 0), score);
            Assert.Equal(1 - (wrong.Count / (double)own.Count), score.RecallAt1, 1e-12);
            AssertMeans(own, ranked, labels, score.Means);
        }

        Assert.Equal([0, 0, 0, null, null, null], scores.Classes.Single(c => c.Label == 30).Means);
    }

    [Fact]
    public void Average_precision_at_r_equals_the_paper_s_definition()
    {
        // R = 4; hits at ranks 1, 3 and 4 have precisions 1, 2/3 and 3/4. The fifth neighbour does not matter.
        Assert.Equal((1 + (2.0 / 3) + (3.0 / 4)) / 4, RetrievalMetrics.AveragePrecisionAtR(new(7, 4, [0, 1, 2, 3, 4], [7, 8, 7, 7, 7]))!.Value, 1e-15);
        Assert.Equal(1, RetrievalMetrics.AveragePrecisionAtR(new(5, 1, [1], [0, 5])));
        Assert.Equal(0, RetrievalMetrics.AveragePrecisionAtR(new(6, 2, [1, 0], [0, 5])));
        Assert.Null(RetrievalMetrics.AveragePrecisionAtR(new(6, 0, [1, 0], [0, 5])));
        Assert.Throws<ArgumentOutOfRangeException>(() => RetrievalMetrics.AveragePrecisionAtR(new(5, 2, [1], [0, 5])));
    }

    [Fact]
    public void R_precision_and_reciprocal_rank_equal_values_by_hand()
    {
        long[] labels = [8, 7, 8, 7, 7];
        Assert.Equal(1.0 / 3, RetrievalMetrics.RPrecision(new(7, 3, [0, 1, 2, 3, 4], labels))!.Value, 1e-15);
        Assert.Equal(0.5, RetrievalMetrics.ReciprocalRank(new(7, 3, [0, 1, 2, 3, 4], labels)));
        Assert.Equal(1, RetrievalMetrics.ReciprocalRank(new(8, 2, [0, 1], labels)));
        Assert.Null(RetrievalMetrics.RPrecision(new(9, 0, [0], labels)));
        Assert.Null(RetrievalMetrics.ReciprocalRank(new(9, 0, [0], labels)));
        Assert.Throws<ArgumentOutOfRangeException>(() => RetrievalMetrics.RPrecision(new(7, 3, [0, 1], labels)));
        Assert.Throws<ArgumentException>(() => RetrievalMetrics.ReciprocalRank(new(7, 3, [0], labels)));
    }

    /// <summary>One relevant item a query, far away: the search begins with one neighbour and must come to the last.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(150)]
    public void The_first_hit_is_found_however_deep_it_lies(int? queryCount)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        var labels = Enumerable.Range(0, 300).Select(i => i % 150L).ToArray();
        var items = randn(300, 3);
        var scores = RetrievalScores.Of(items, labels, queryCount, [new MeanReciprocalRank()], memoryBytes: NearestNeighbours.LeastMemoryBytes);
        var rows = PlainNeighbours.Rows(items);
        var (queries, first) = (queryCount ?? 300, queryCount ?? 0);
        var ranks = Enumerable.Range(0, queries).Select(q => 1 + Array.FindIndex(
            PlainNeighbours.Of(rows[q], rows[first..], queryCount is null ? q : -1), n => labels[first + n.Index] == labels[q])).ToArray();
        Assert.True(ranks.Max() > 64);
        Assert.Equal(ranks.Average(r => 1.0 / r), scores.Means[0]!.Value, 1e-12);
    }

    /// <summary>
    /// Of many copies of one item the nearest are those of the least index, and a query of a great index is not even among its own neighbours.
    /// </summary>
    [Fact]
    public void The_first_hit_among_copies_is_counted_by_their_order()
    {
        using var scope = NewDisposeScope();
        var labels = Enumerable.Range(0, 60).Select(i => i >= 58 ? 1L : 0).ToArray();
        var scores = RetrievalScores.Of(ones(60, 4), labels, null, [new MeanReciprocalRank()]);
        Assert.Equal(1.0 / 59, scores.Classes[1].Means[0]!.Value, 1e-15);
        Assert.Equal(1, scores.Classes[0].Means[0]);
    }

    [Fact]
    public void What_is_not_asked_for_changes_nothing()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(2);
        var labels = Enumerable.Range(0, 50).Select(i => (long)(i % 5)).ToArray();
        var items = randn(50, 4);
        var (with, without) = (RetrievalScores.Of(items, labels, null, Metrics), RetrievalScores.Of(items, labels, null, []));
        Assert.Equal((with.RecallAt1, with.Wrong), (without.RecallAt1, without.Wrong));
        Assert.Empty(without.Means);
        Assert.All(with.Classes.Zip(without.Classes), c => Assert.Equal(c.First with { Means = c.Second.Means }, c.Second));
        Assert.Equal(with.Means.Take(3), RetrievalScores.Of(items, labels, null, Metrics[..3]).Means);
    }

    private static void AssertMeans(IReadOnlyList<int> queries, long[][] ranked, long[] labels, IReadOnlyList<double?> means)
    {
        var found = queries.Where(q => ranked[q].Contains(labels[q])).ToList();
        Assert.Equal(Mean(queries, ranked, labels) ?? -1, means[3] ?? -1, 1e-12);
        Assert.Equal(
            found.Count == 0 ? -1 : found.Average(q => ranked[q].Take(ranked[q].Count(l => l == labels[q])).Average(l => l == labels[q] ? 1.0 : 0)),
            means[4] ?? -1, 1e-12);
        Assert.Equal(found.Count == 0 ? -1 : found.Average(q => 1.0 / (1 + Array.IndexOf(ranked[q], labels[q]))), means[5] ?? -1, 1e-12);
    }

    private static double? Mean(IReadOnlyList<int> queries, long[][] ranked, long[] labels)
    {
        var precisions = queries.Select(q => (Query: q, R: ranked[q].Count(l => l == labels[q]))).Where(x => x.R > 0)
            .Select(x => Enumerable.Range(1, x.R).Where(i => ranked[x.Query][i - 1] == labels[x.Query])
                .Sum(i => ranked[x.Query].Take(i).Count(l => l == labels[x.Query]) / (double)i) / x.R)
            .ToList();
        return precisions.Count == 0 ? null : precisions.Average();
    }
}
