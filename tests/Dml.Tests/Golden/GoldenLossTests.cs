using Dml.Numerics;
using Dml.Plugins;
using static TorchSharp.torch;

namespace Dml.Tests.Golden;

public sealed class GoldenLossTests
{
    public static TheoryData<string, ScalarType, bool> Cases()
    {
        var cases = new TheoryData<string, ScalarType, bool>();
        foreach (var loss in GoldenCase.Losses)
        {
            foreach (var precision in new[] { ScalarType.Float32, ScalarType.Float64 })
            {
                cases.Add(loss, precision, false);
                cases.Add(loss, precision, true);
            }
        }

        return cases;
    }

    [Theory]
    [InlineData("pnca", ScalarType.Float32)]
    [InlineData("pnca", ScalarType.Float64)]
    [InlineData("st", ScalarType.Float32)]
    [InlineData("st", ScalarType.Float64)]
    public void Training_losses_equal_the_published_ones(string loss, ScalarType precision)
    {
        using var golden = new GoldenCase(precision, loss);
        var embeddings = GoldenCase.Load("f64/train_embeddings").to(precision);
        golden.AssertGoldenOfLoss(golden.Loss.PerSample(embeddings, golden.Context.TrainLabels), "train_losses");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Loss_and_gradients_of_a_batch_equal_the_published_ones(string loss, ScalarType precision, bool weighted)
    {
        using var golden = new GoldenCase(precision, loss);
        var indices = GoldenCase.Load("batch/indices");
        var embeddings = GoldenCase.Load("f64/train_embeddings").index_select(0, indices).to(precision).requires_grad_();
        var weights = weighted ? GoldenCase.Load("batch/weights").to(precision) : null;
        var batch = golden.Loss.BatchLoss(embeddings, golden.Context.TrainLabels.index_select(0, indices), weights);
        batch.backward();
        golden.AssertGoldenOfLoss(embeddings.grad!, weighted ? "batch/reweight_gradX" : "batch/gradX");
        if (!weighted) golden.AssertGoldenOfLoss(golden.Loss.Proxies.grad!, "batch/gradP");
        var published = GoldenCase.Scalar($"batch/{(weighted ? "reweight_" : "")}loss_{loss}");
        Assert.Equal(published, batch.to(float64).item<double>(), published * golden.Bound("train_losses_" + loss));
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void Three_centres_a_class_give_the_losses_and_gradients_of_independent_code(ScalarType precision)
    {
        using var golden = new GoldenCase(precision, "st");
        using var loss = new SoftTripleLoss(new() { Centers = 3 }, new(12, 32, precision, CPU));
        using (no_grad()) loss.Proxies.copy_(GoldenCase.Load("st_k3/proxies"));
        var indices = GoldenCase.Load("batch/indices");
        var embeddings = GoldenCase.Load("f64/train_embeddings").index_select(0, indices).to(precision).requires_grad_();
        var values = loss.PerSample(embeddings, golden.Context.TrainLabels.index_select(0, indices));
        golden.AssertGolden(values, "st_k3/per_sample");
        var total = values.mean() + loss.Regularizer()!;
        Assert.Equal(GoldenCase.Scalar("st_k3/total"), total.to(float64).item<double>(), golden.Bound("st_k3/per_sample"));
        total.backward();
        golden.AssertGolden(embeddings.grad!, "st_k3/gradX");
        golden.AssertGolden(loss.Proxies.grad!, "st_k3/gradP");
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
