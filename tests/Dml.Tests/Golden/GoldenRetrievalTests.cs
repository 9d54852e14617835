using Dml.Engine.Evaluation;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Golden;

public sealed class GoldenRetrievalTests
{
    [Fact]
    public void Embeddings_of_both_splits_equal_the_published_ones()
    {
        foreach (var precision in new[] { float32, float64 })
        {
            using var golden = new GoldenCase(precision);
            var context = golden.Context;
            golden.AssertGolden(context.TrainFeatures.mm(context.HeadWeight.t()) + context.HeadBias, "train_embeddings");
            golden.AssertGolden(context.TestFeatures.mm(context.HeadWeight.t()) + context.HeadBias, "test_embeddings");
        }
    }

    [Fact]
    public void Neighbours_wrong_samples_and_recall_equal_the_published_ones()
    {
        using var golden = new GoldenCase(float64);
        var labels = Longs("in/test_labels");
        var neighbours = NearestNeighbours.Within(GoldenCase.Load("f64/test_embeddings"), 8);
        Assert.Equal(Longs("nn_indices"), Enumerable.Range(0, labels.Length).Select(i => (long)neighbours.At(i)));
        Assert.Equal(Longs("knn8_labels"), neighbours.Indices.Select(i => labels[i]));
        var wrong = ConfusionFinder.WrongPairs(labels, neighbours);
        Assert.Equal(Longs("wrong_indices"), wrong.Select(p => (long)p.Anchor));
        Assert.Equal(Longs("confuse_indices"), wrong.Select(p => (long)p.Neighbour));
        foreach (var k in new[] { 1, 2, 4, 8 }) Assert.Equal(GoldenCase.Scalar($"recall@{k}"), RetrievalMetrics.RecallAt(labels, labels, neighbours, k), 1e-12);
    }

    [Fact]
    public void Neighbours_of_float32_embeddings_are_the_same()
    {
        using var golden = new GoldenCase(float32);
        var neighbours = NearestNeighbours.Within(GoldenCase.Load("f32/test_embeddings"), 1);
        Assert.Equal(Longs("nn_indices"), neighbours.Indices.Select(i => (long)i));
    }

    [Fact]
    public void Recall_of_even_items_among_odd_ones_equals_the_published_protocol_of_query_and_gallery()
    {
        using var golden = new GoldenCase(float64);
        var order = Enumerable.Range(0, 100).Select(i => 2L * i).Concat(Enumerable.Range(0, 100).Select(i => (2L * i) + 1)).ToArray();
        var labels = Longs("in/test_labels");
        int[] ranks = [1, 10, 20, 30, 40, 50];
        var scores = RetrievalScores.Of(
            GoldenCase.Load("f64/test_embeddings").index_select(0, tensor(order)), [.. order.Select(i => labels[i])], 100,
            [.. ranks.Select(k => new RecallAtK(k))]);
        foreach (var (k, recall) in ranks.Zip(scores.Means)) Assert.Equal(GoldenCase.Scalar($"inshop_recall@{k}"), recall!.Value, 1e-12);
    }

    [Fact]
    public void Map_at_r_by_euclidean_distance_equals_the_textbook_value()
    {
        using var golden = new GoldenCase(float64);
        var scores = RetrievalScores.Of(GoldenCase.Load("f64/test_embeddings"), Longs("in/test_labels"), null, [new MeanAveragePrecisionAtR()]);
        Assert.Equal(GoldenCase.Scalar("map@r_textbook_euclidean (not the reference)"), scores.Means[0]!.Value, 1e-12);
    }

    [Fact]
    public void Map_at_r_of_the_published_ranking_by_inner_products_equals_the_published_one()
    {
        var labels = Longs("in/test_labels");
        var ranking = Longs("mapr_knn_indices").Select(i => (int)i).Chunk(22).ToList();
        var precisions = ranking.Select(
            (row, i) => RetrievalMetrics.AveragePrecisionAtR(new(labels[i], labels.Count(l => l == labels[i]) - 1, row, labels))!.Value);
        Assert.Equal(GoldenCase.Scalar("map@r"), precisions.Average(), 1e-12);
    }

    [Fact]
    public void Nmi_of_the_given_clustering_equals_the_published_one()
    {
        var clusters = Longs("kmeans_clusters").Select(c => (int)c).ToArray();
        Assert.Equal(GoldenCase.Scalar("nmi"), ClusteringMetrics.NormalizedMutualInformation(Longs("in/test_labels"), clusters), 1e-12);
    }

    [Fact]
    public void Confusion_groups_equal_the_published_ones()
    {
        using var golden = new GoldenCase(float64);
        var labels = Longs("in/test_labels");
        var wrong = Longs("wrong_indices").Zip(Longs("confuse_indices"), (a, b) => new TestPair((int)a, (int)b)).ToList();
        var groups = ConfusionFinder.Groups(labels, wrong, 10);
        Assert.Equal(Longs("top_wrong_classes"), groups.Select(g => g.Label));
        Assert.Equal(GoldenCase.PublishedGroups(), groups.Select(g => $"{g.Label}: {string.Join(",", g.ConfusedWith)}"));
        foreach (var k in new[] { 0, 1 }) Assert.Equal(GoldenCase.Confusion($"group{k}").Pairs, groups[k].Confusion.Pairs);
    }

    private static long[] Longs(string name) => GoldenCase.Load(name).data<long>().ToArray();
}
