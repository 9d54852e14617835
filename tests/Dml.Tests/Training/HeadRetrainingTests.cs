using Dml.Engine;
using Dml.Engine.Training;
using Dml.Plugins;
using Dml.Tests.Golden;
using Dml.Tests.Influence;
using Dml.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Training;

[Collection(AloneCollection.Name)]
public class HeadRetrainingTests
{
    [Theory]
    [InlineData("pnca", ScalarType.Float32)]
    [InlineData("pnca", ScalarType.Float64)]
    [InlineData("st", ScalarType.Float32)]
    [InlineData("st", ScalarType.Float64)]
    public void Three_steps_equal_those_of_the_published_code(string loss, ScalarType precision)
    {
        using var scope = NewDisposeScope();
        using var golden = new GoldenCase(precision, loss);
        var (indices, weights) = (GoldenCase.Load("batch/indices").data<long>().ToArray(), GoldenCase.Load("batch/weights").data<long>().ToArray());
        Assert.Equal(indices.Length, indices.Distinct().Count());
        var retraining = new HeadRetraining(new());
        var sampleWeights = retraining.SampleWeights(240, Having(2), Having(0));
        foreach (var (i, index) in indices.Index()) Assert.Equal(weights[i], sampleWeights[index]);
        List<int[]> batches = [.. Enumerable.Range(0, 3).Select(step => Enumerable.Range(0, 24).Select(i => (int)indices[(i + (8 * step)) % 32]).ToArray())];
        var progress = new RecordedProgress();
        var weight = retraining.Run(golden.Context, sampleWeights, batches, progress, CancellationToken.None);
        golden.AssertGoldenOfLoss(weight, "reweight_train/W_after3");

        // W hardly moves in three steps: the movement is what must be right. In float32 the last digit of W is 1e-4 of it.
        var moved = GoldenCase.Load($"f64/reweight_train/W_after3_{loss}") - golden.Context.HeadWeight.to(float64);
        var error = (weight.to(float64) - golden.Context.HeadWeight.to(float64) - moved).norm() / moved.norm();
        Assert.InRange(error.item<double>(), 0, precision == float64 ? 1e-6 : 1e-3);
        Assert.Equal(["loss 0.", "loss 0.", "loss 0."], progress.Reports.Select(r => r.Detail[..7]));

        int[] Having(long wanted) => [.. indices.Where((_, i) => weights[i] == wanted).Select(i => (int)i)];
    }

    /// <summary>Adam's first step is lr g / (|g| + eps): with proxy anchor g is the gradient of the batch, not of a mean of samples.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(1e-9)]
    public void A_step_follows_the_clipped_gradient_of_the_weighted_batch_loss(double? clip)
    {
        using var scope = NewDisposeScope();
        using var loss = new ProxyAnchorLoss(new(), new(12, 32, float64, CPU));
        using var golden = new GoldenCase(float64);
        var context = golden.Context with { Loss = loss };
        var (batch, weights) = (new[] { 0, 5, 30, 60, 61, 200 }, Enumerable.Range(0, 240).Select(i => (double)(i % 3)).ToArray());
        var options = new HeadRetrainingOptions { LearningRate = 0.01, GradientClip = clip };
        var weight = new HeadRetraining(options).Run(context, weights, [batch], SilentProgress.Instance, CancellationToken.None);
        Assert.Null(loss.Proxies.grad);
        var head = context.HeadWeight.clone().requires_grad_();
        var rows = tensor(batch.Select(i => (long)i).ToArray());
        var embeddings = context.TrainFeatures[rows].mm(head.t()) + context.HeadBias;
        loss.BatchLoss(embeddings, context.TrainLabels[rows], tensor(batch.Select(i => weights[i]).ToArray())).backward();
        var gradient = clip is { } bound ? head.grad!.clamp(-bound, bound) : head.grad!;
        var expected = context.HeadWeight - (0.01 * gradient / (gradient.abs() + 1e-8));
        Assert.InRange((weight - expected).abs().max().item<double>(), 0, 1e-12);
        Assert.InRange((weight - context.HeadWeight).abs().max().item<double>(), 1e-4, 0.011);
    }

    [Fact]
    public void Batches_come_from_the_sampler_of_the_training_where_it_is_a_plugin()
    {
        using var scope = NewDisposeScope();
        using var golden = new GoldenCase(float32, "st");
        double[] weights = [.. Enumerable.Range(0, 240).Select(i => (double)(i % 3))];
        var options = new HeadRetrainingOptions { Epochs = 2, BatchClasses = 5, BatchImages = 3, LearningRate = 1e-3 };
        var context = golden.Context with { Sampler = drawn => new ReplacingSampler(drawn) };
        var weight = new HeadRetraining(options).Run(context, weights, 7, SilentProgress.Instance, CancellationToken.None);
        var sampler = new ReplacingSampler(new([.. context.TrainLabels.data<long>().Select(label => (int)label)], new(5, 3), 7));
        int[][] batches = [.. sampler.Epoch(0), .. sampler.Epoch(1)];
        Assert.True(weight.Equals(new HeadRetraining(options).Run(golden.Context, weights, batches, SilentProgress.Instance, CancellationToken.None)));
        Assert.False(weight.Equals(new HeadRetraining(options).Run(golden.Context, weights, 7, SilentProgress.Instance, CancellationToken.None)));
    }

    [Fact]
    public void The_seed_decides_and_nothing_of_the_model_is_changed()
    {
        using var scope = NewDisposeScope();
        using var golden = new GoldenCase(float32, "st");
        var before = State(golden);
        var (first, second, other) = (Run(golden, 3), Run(golden, 3), Run(golden, 4));
        Assert.True(first.Equals(second));
        Assert.False(first.Equals(other));
        Assert.False(first.requires_grad);
        Assert.Equal(before, State(golden));
        Assert.Null(golden.Loss.Proxies.grad);
    }

    [Fact]
    public void An_epoch_has_as_many_batches_as_one_of_the_trainer()
    {
        using var golden = new GoldenCase(float32);
        var progress = new RecordedProgress();
        var retraining = new HeadRetraining(new() { Epochs = 2 });
        using var weight = retraining.Run(golden.Context, retraining.SampleWeights(240, [], []), 0, progress, CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, 14), progress.Reports.Select(r => (int)r.Done));
        Assert.All(progress.Reports, r => Assert.Equal(14, r.Total));
    }

    [Fact]
    public void Samples_of_weight_0_alone_leave_the_head_as_it_is()
    {
        using var golden = new GoldenCase(float32);
        using var weight = new HeadRetraining(new()).Run(golden.Context, new double[240], 0, SilentProgress.Instance, CancellationToken.None);
        Assert.True(weight.Equals(golden.Context.HeadWeight));
    }

    [Fact]
    public void Cancelling_stops_between_two_batches()
    {
        using var golden = new GoldenCase(float32);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(
            () => new HeadRetraining(new()).Run(golden.Context, new double[240], 0, SilentProgress.Instance, stop.Token));
    }

    [Fact]
    public void A_loss_that_is_not_finite_ends_it_with_a_sentence()
    {
        using var scope = NewDisposeScope();
        using var golden = new GoldenCase(float32);
        var context = golden.Context with { HeadBias = golden.Context.HeadBias * float.NaN };
        var error = Assert.Throws<DmlException>(
            () => new HeadRetraining(new()).Run(context, new double[240], 0, SilentProgress.Instance, CancellationToken.None));
        Assert.Equal("Expected a finite loss in batch 1 of the retraining, found NaN; lower its learning rate, now 4E-05.", error.Message);
    }

    [Fact]
    public void Weights_that_do_not_fit_are_refused()
    {
        using var golden = new GoldenCase(float32);
        var retraining = new HeadRetraining(new());
        Assert.Throws<ArgumentException>(() => retraining.SampleWeights(10, [1, 2], [2]));
        Assert.Throws<ArgumentException>(() => retraining.SampleWeights(10, [10], []));
        foreach (var weights in new[] { new double[239], [.. new double[239], -1], [.. new double[239], double.NaN] })
        {
            Assert.Throws<ArgumentException>(() => retraining.Run(golden.Context, weights, 0, SilentProgress.Instance, CancellationToken.None));
        }
    }

    [Fact]
    public void Live_tensors_do_not_grow()
    {
        using var golden = new GoldenCase(float32);
        Run(golden, 0).Dispose();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Run(golden, 1).Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static Tensor Run(GoldenCase golden, long seed) =>
        new HeadRetraining(new()).Run(golden.Context, [.. Enumerable.Repeat(1.0, 240)], seed, SilentProgress.Instance, CancellationToken.None);

    private static byte[] State(GoldenCase golden) =>
        [.. golden.Context.HeadWeight.bytes.ToArray(), .. golden.Context.HeadBias.bytes.ToArray(), .. golden.Loss.Proxies.bytes.ToArray()];
}
