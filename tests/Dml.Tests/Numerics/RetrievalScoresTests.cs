using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Numerics;

public sealed class RetrievalScoresTests
{
    private static readonly int[] Ranks = [1, 2, 5];

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
        var scores = RetrievalScores.Of(items, labels, queryCount, Ranks, memoryBytes: NearestNeighbours.LeastMemoryBytes);
        var rows = PlainNeighbours.Rows(items);
        var gallery = Enumerable.Range(queryCount ?? 0, 130 - (queryCount ?? 0)).ToArray();
        var ranked = Enumerable.Range(0, queryCount ?? 130).Select(q => PlainNeighbours.Of(rows[q], [.. gallery.Select(g => rows[g])], queryCount is null ? q : -1)
            .Select(x => labels[gallery[x.Index]]).ToArray()).ToArray();
        var queries = Enumerable.Range(0, ranked.Length).ToList();
        foreach (var (k, recall) in scores.Recall) Assert.Equal(queries.Count(q => ranked[q].Take(k).Contains(labels[q])) / (double)queries.Count, recall, 1e-12);
        Assert.Equal(Ranks, scores.Recall.Select(r => r.Key));
        Assert.Equal((queries.Count, queries.Count(q => ranked[q][0] != labels[q])), (scores.Queries, scores.Wrong));
        Assert.Equal(Mean(queries, ranked, labels)!.Value, scores.MapAtR!.Value, 1e-12);

        Assert.Equal(labels.Take(queries.Count).Distinct().Order(), scores.Classes.Select(c => c.Label));
        foreach (var score in scores.Classes)
        {
            var own = queries.Where(q => labels[q] == score.Label).ToList();
            var wrong = own.Where(q => ranked[q][0] != score.Label).ToList();
            var most = wrong.GroupBy(q => ranked[q][0]).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).FirstOrDefault();
            Assert.Equal(new ClassScore(score.Label, own.Count, wrong.Count, score.MapAtR, most?.Key, most?.Count() ?? 0), score);
            Assert.Equal(1 - (wrong.Count / (double)own.Count), score.RecallAt1, 1e-12);
            Assert.Equal(Mean(own, ranked, labels) ?? -1, score.MapAtR ?? -1, 1e-12);
        }

        Assert.Null(scores.Classes.Single(c => c.Label == 30).MapAtR);
    }

    [Fact]
    public void Average_precision_at_r_equals_the_paper_s_definition()
    {
        // R = 4; hits at ranks 1, 3 and 4 have precisions 1, 2/3 and 3/4. The fifth neighbour does not matter.
        Assert.Equal((1 + (2.0 / 3) + (3.0 / 4)) / 4, RetrievalMetrics.AveragePrecisionAtR([0, 1, 2, 3, 4], [7, 8, 7, 7, 7], 7, 4), 1e-15);
        Assert.Equal(1, RetrievalMetrics.AveragePrecisionAtR([1], [0, 5], 5, 1));
        Assert.Equal(0, RetrievalMetrics.AveragePrecisionAtR([1, 0], [0, 5], 6, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => RetrievalMetrics.AveragePrecisionAtR([1], [0, 5], 5, 2));
    }

    [Fact]
    public void Without_map_at_r_the_rest_is_the_same()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(2);
        var labels = Enumerable.Range(0, 50).Select(i => (long)(i % 5)).ToArray();
        var items = randn(50, 4);
        var (with, without) = (RetrievalScores.Of(items, labels, null, Ranks), RetrievalScores.Of(items, labels, null, Ranks, mapAtR: false));
        Assert.Equal(with.Recall, without.Recall);
        Assert.Equal(with.Wrong, without.Wrong);
        Assert.Null(without.MapAtR);
        Assert.All(without.Classes, c => Assert.Null(c.MapAtR));
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
