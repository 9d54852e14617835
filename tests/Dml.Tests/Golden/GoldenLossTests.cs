using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Golden;

public sealed class GoldenLossTests
{
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void Training_losses_equal_the_published_ones(ScalarType precision)
    {
        using var golden = new GoldenCase(precision);
        var embeddings = GoldenCase.Load("f64/train_embeddings").to(precision);
        golden.AssertGolden(golden.Loss.PerSample(embeddings, golden.Context.TrainLabels), "train_losses_pnca");
    }

    [Theory]
    [InlineData(ScalarType.Float32, false)]
    [InlineData(ScalarType.Float64, false)]
    [InlineData(ScalarType.Float32, true)]
    [InlineData(ScalarType.Float64, true)]
    public void Gradients_of_a_batch_equal_the_published_ones(ScalarType precision, bool weighted)
    {
        using var golden = new GoldenCase(precision);
        var indices = GoldenCase.Load("batch/indices");
        var embeddings = GoldenCase.Load("f64/train_embeddings").index_select(0, indices).to(precision).requires_grad_();
        var losses = golden.Loss.PerSample(embeddings, golden.Context.TrainLabels.index_select(0, indices));
        (weighted ? losses * GoldenCase.Load("batch/weights").to(precision) : losses).mean().backward();
        golden.AssertGolden(embeddings.grad!, weighted ? "batch/reweight_gradX_pnca" : "batch/gradX_pnca");
        if (!weighted) golden.AssertGolden(golden.Loss.Proxies.grad!, "batch/gradP_pnca");
    }

    [Theory]
    [InlineData("pair0")]
    [InlineData("pair1")]
    [InlineData("pair2")]
    [InlineData("group0")]
    [InlineData("group1")]
    public void Distance_and_its_gradient_equal_the_published_ones(string name)
    {
        using var golden = new GoldenCase(float64);
        var context = golden.Context;
        var distance = ConfusionDistance.Of(GoldenCase.Confusion(name), context.TestFeatures, context.HeadWeight, context.HeadBias);
        var gradient = new double[distance.Embeddings.Length];
        Assert.Equal(GoldenCase.Scalar($"{name}/d0"), distance.Evaluate(distance.Embeddings, gradient), 1e-12);
        var perItem = tensor(gradient, [distance.Items.Count, distance.EmbeddingSize]);
        golden.AssertGolden(perItem.t().mm(tensor(distance.Features, [distance.Items.Count, distance.FeatureSize])), $"{name}/grad_d");
    }
}
