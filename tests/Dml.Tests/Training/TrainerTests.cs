using Dml.Engine.Training;
using static TorchSharp.torch;

namespace Dml.Tests.Training;

[Collection(AloneCollection.Name)]
public class TrainerTests
{
    [Fact]
    public void The_same_seed_gives_the_same_weights_bit_for_bit()
    {
        using var first = new TinyProblem(seed: 7);
        using var second = new TinyProblem(seed: 7);
        using var other = new TinyProblem(seed: 7);
        var options = TinyProblem.Options with { WarmUpEpochs = 1 };
        var losses = first.Train(options, seed: 7).Select(r => r.MeanLoss);
        Assert.Equal(losses, second.Train(options, seed: 7).Select(r => r.MeanLoss));
        other.Train(options, seed: 8);
        Assert.Equal(first.Bytes(), second.Bytes());
        Assert.NotEqual(first.Bytes()["head.weight"], other.Bytes()["head.weight"]);
    }

    [Fact]
    public void Training_lowers_the_loss_and_tells_about_each_epoch()
    {
        using var problem = new TinyProblem();
        var progress = new Recorder();
        var records = problem.Train(TinyProblem.Options with { Epochs = 12, WarmUpEpochs = 1, Milestones = [10, 11], Gamma = 0.5 }, progress: progress);
        Assert.Equal(13, records.Count);
        Assert.True(records[^1].MeanLoss < 0.5 * records[0].MeanLoss);
        Assert.Equal([0, 1e-3, 5e-4, 2.5e-4], records.Select(r => r.LearningRate).Distinct());
        Assert.Equal([true, false], records.Select(r => r.WarmUp).Distinct());
        Assert.All(records, r => Assert.True(r.ImagesPerSecond > 0 && r.Seconds > 0));
        Assert.Contains(
            progress.Reports, r => r is { Stage: "train epoch 12 of 12", Done: 3, Total: 3 } && r.Detail.StartsWith("loss ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_warm_up_leaves_the_backbones_weights_alone_and_moves_its_batch_norm_statistics()
    {
        using var problem = new TinyProblem();
        var before = problem.Bytes();
        problem.Train(TinyProblem.Options with { Epochs = 0, WarmUpEpochs = 1 });
        var after = problem.Bytes();
        foreach (var name in before.Keys)
        {
            var moves = !name.StartsWith("backbone.", StringComparison.Ordinal)
                || name.Contains("running_", StringComparison.Ordinal) || name.Contains("num_batches", StringComparison.Ordinal);
            Assert.True(moves != before[name].SequenceEqual(after[name]), name);
        }
    }

    [Fact]
    public void Cancelling_stops_between_two_batches()
    {
        using var problem = new TinyProblem();
        using var stop = new CancellationTokenSource();
        var progress = new Recorder { Told = count => { if (count == 2) stop.Cancel(); } };
        Assert.ThrowsAny<OperationCanceledException>(
            () => problem.Train(TinyProblem.Options with { Epochs = 100 }, progress: progress, cancellationToken: stop.Token));
        Assert.Equal(2, progress.Reports.Count);
    }

    [Fact]
    public void Live_tensors_do_not_grow_over_epochs()
    {
        using var problem = new TinyProblem();
        problem.Train(TinyProblem.Options with { Epochs = 1, WarmUpEpochs = 1 });
        var counts = new List<long>();
        var progress = new Recorder { Told = _ => counts.Add(Tensor.TotalCount) };

        // What other tests left to the garbage collector must not go while this one counts.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        problem.Train(TinyProblem.Options with { Epochs = 6 }, progress: progress);
        Assert.Equal(before, Tensor.TotalCount);
        Assert.Single(counts.Skip(3).Distinct());
    }

    [Fact]
    public void A_loss_that_is_not_finite_ends_the_run_with_a_sentence()
    {
        using var problem = new TinyProblem();
        problem.Loss = new BrokenLoss(problem.Loss, healthyBatches: 4);
        var error = Assert.Throws<TrainingDivergedException>(() => problem.Train(TinyProblem.Options));
        Assert.Contains("found NaN in epoch 2, batch 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("lower training.optimizer.proxyLearningRate", error.Message, StringComparison.Ordinal);
    }

    private sealed class Recorder : IProgress<ProgressReport>
    {
        public List<ProgressReport> Reports { get; } = [];

        public Action<int>? Told { get; init; }

        public void Report(ProgressReport value)
        {
            Reports.Add(value);
            Told?.Invoke(Reports.Count);
        }
    }

    private sealed class BrokenLoss(IMetricLoss inner, int healthyBatches) : IMetricLoss
    {
        private int _calls;

        public IReadOnlyList<NamedParameter> Parameters => inner.Parameters;

        public Tensor PerSample(Tensor embeddings, Tensor labels) =>
            _calls++ < healthyBatches ? inner.PerSample(embeddings, labels) : inner.PerSample(embeddings, labels) * double.NaN;

        public void Dispose() => inner.Dispose();
    }
}
