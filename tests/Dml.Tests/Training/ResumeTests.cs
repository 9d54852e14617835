using Dml.Engine.Training;
using Dml.Tests.Losses;
using Dml.Tests.Support;

namespace Dml.Tests.Training;

[Collection(AloneCollection.Name)]
public class ResumeTests
{
    private static readonly TrainingOptions Options =
        TinyProblem.Options with { Epochs = 3, WarmUpEpochs = 1, Milestones = [1], Patience = 0, CheckpointSeconds = 0 };

    /// <summary>R@1 of validations that make the rate fall in the middle: a function of the weights would hide a schedule that is forgotten.</summary>
    private static readonly double[] Scores = [0.5, 0.4, 0.6];

    [Fact]
    public void A_training_by_cosine_stopped_after_any_batch_ends_with_the_same_bits()
    {
        var options = Options with { Milestones = [], Schedule = new CosineSchedule().With(new() { RampEpochs = 1, RampStart = 0.25, Least = 0.125 }) };
        var (whole, losses) = Train(options, validates: false, null, int.MaxValue);
        var (constant, _) = Train(options with { Schedule = null }, validates: false, null, int.MaxValue);
        Assert.Contains(whole!.Keys, name => !whole[name].SequenceEqual(constant![name]));
        foreach (var batches in new[] { 2, 4, 5, 8, 11 })
        {
            using var folder = new TemporaryFolder();
            Assert.Null(Train(options, validates: false, folder.Path, batches).Bytes);
            var (resumed, resumedLosses) = Train(options, validates: false, folder.Path, int.MaxValue);
            Assert.Equal(losses, resumedLosses);
            Assert.All(whole.Keys, name => Assert.True(whole[name].SequenceEqual(resumed![name]), $"{name} after {batches} batches"));
        }
    }

    [Fact]
    public void The_record_of_each_epoch_has_the_factor_of_the_schedule()
    {
        using var problem = new TinyProblem();
        var options =
            TinyProblem.Options with { Epochs = 4, WarmUpEpochs = 1, Schedule = new CosineSchedule().With(new() { RampEpochs = 2, RampStart = 0.5 }) };
        Assert.Equal([1, 0.5, 0.75, 1, 0.5], problem.Train(options).Select(e => e.RateFactor), (a, b) => Math.Abs(a - b) < 1e-15);
    }

    [Theory]
    [InlineData(SamplerKind.Balanced, OptimizerKind.Adam, TrainingPrecision.Float32, false)]
    [InlineData(SamplerKind.Random, OptimizerKind.AdamW, TrainingPrecision.Float32, false)]
    [InlineData(SamplerKind.Balanced, OptimizerKind.AdamW, TrainingPrecision.Float32, true)]
    [InlineData(SamplerKind.Balanced, OptimizerKind.Adam, TrainingPrecision.BFloat16, false)]
    public void A_training_stopped_after_any_batch_ends_with_the_same_bits(object samplerGiven, object optimizerGiven, object precisionGiven, bool validates)
    {
        var sampler = (SamplerKind)samplerGiven;
        var optimizer = (OptimizerKind)optimizerGiven;
        var precision = (TrainingPrecision)precisionGiven;
        var options = Options with { Sampler = sampler, Precision = precision, Optimizer = Options.Optimizer with { Kind = optimizer, WeightDecay = 1e-2 } };
        var (whole, losses) = Train(options, validates, null, int.MaxValue);
        for (var batches = 1; batches <= 12; batches++)
        {
            using var folder = new TemporaryFolder();
            var (part, _) = Train(options, validates, folder.Path, batches);
            Assert.Null(part);
            var (resumed, resumedLosses) = Train(options, validates, folder.Path, int.MaxValue);
            Assert.Equal(losses, resumedLosses);
            Assert.Equal(whole!.Keys, resumed!.Keys);
            Assert.All(whole.Keys, name => Assert.True(whole[name].SequenceEqual(resumed[name]), $"{name} after {batches} batches"));
        }
    }

    [Fact]
    public void A_training_with_a_loss_that_remembers_stopped_after_any_batch_ends_with_the_same_bits()
    {
        const string Loss = """{ "name": "composed", "parts": [ { "loss": { "name": "xbm", "warmUp": 2, "size": 20 } }, { "loss": "proxy-nca-pp" } ] }""";
        var (whole, losses) = Train(Options, validates: false, null, int.MaxValue, Loss);
        var (other, _) = Train(Options, validates: false, null, int.MaxValue, Loss.Replace("20", "10", StringComparison.Ordinal));
        Assert.Contains(whole!.Keys, name => !whole[name].SequenceEqual(other![name]));
        for (var batches = 1; batches <= 8; batches++)
        {
            using var folder = new TemporaryFolder();
            Assert.Null(Train(Options, validates: false, folder.Path, batches, Loss).Bytes);
            var (resumed, resumedLosses) = Train(Options, validates: false, folder.Path, int.MaxValue, Loss);
            Assert.Equal(losses, resumedLosses);
            Assert.All(whole.Keys, name => Assert.True(whole[name].SequenceEqual(resumed![name]), $"{name} after {batches} batches"));
        }
    }

    [Fact]
    public void A_training_stopped_again_and_again_ends_with_the_same_bits()
    {
        var (whole, _) = Train(Options, validates: false, null, int.MaxValue);
        using var folder = new TemporaryFolder();
        Dictionary<string, byte[]>? resumed = null;
        for (var parts = 0; resumed is null; parts++)
        {
            Assert.True(parts < 20);
            resumed = Train(Options, validates: false, folder.Path, 2).Bytes;
        }

        Assert.All(whole!.Keys, name => Assert.True(whole[name].SequenceEqual(resumed[name]), name));
    }

    [Fact]
    public void A_damaged_newest_checkpoint_gives_way_to_the_one_before()
    {
        var (whole, _) = Train(Options, validates: false, null, int.MaxValue);
        using var folder = new TemporaryFolder();
        Train(Options, validates: false, folder.Path, 5);
        var newest = folder.File("checkpoint.safetensors");
        Assert.True(File.Exists(folder.File("checkpoint.previous.safetensors")));
        using (var stream = File.OpenWrite(newest)) stream.SetLength(stream.Length - 1);
        var (resumed, _) = Train(Options, validates: false, folder.Path, int.MaxValue);
        Assert.All(whole!.Keys, name => Assert.True(whole[name].SequenceEqual(resumed![name]), name));
    }

    [Fact]
    public void Checkpoints_that_are_all_damaged_are_told_and_not_taken_for_a_beginning()
    {
        using var folder = new TemporaryFolder();
        folder.Write("checkpoint.safetensors", "not a checkpoint");
        Assert.Contains("checkpoint.safetensors", Assert.Throws<DmlException>(() => Train(Options, validates: false, folder.Path, 1)).Message);
    }

    [Fact]
    public void The_rates_fall_when_validation_stops_improving_and_the_record_says_when()
    {
        using var problem = new TinyProblem();
        double[] scores = [0.5, 0.6, 0.6, 0.59, 0.7, 0.1, 0.2];
        var told = 0;
        var options = TinyProblem.Options with { Epochs = 7, Patience = 1, Gamma = 0.5, Optimizer = new() { LearningRate = 1e-3 } };
        var outcome = problem.Run(new(options, 0) { Validate = (_, _) => new(scores[told], scores[told++]) });
        Assert.Equal([1, 1, 1, 1, 0.5, 0.5, 0.5], outcome.Epochs.Select(e => e.RateFactor));
        var record = ValidationRecords.Of(outcome);
        Assert.Equal([4], record.Milestones);
        Assert.Equal(4, record.BestEpoch);
        Assert.Equal(scores, record.Epochs.Select(e => e.HarmonicMean), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    /// <summary>Trains until a number of batches is done, from the folder's checkpoint if it has one.</summary>
    /// <returns>The weights and the losses, or nulls when it was stopped.</returns>
    private static (Dictionary<string, byte[]>? Bytes, double[]? Losses) Train(
        TrainingOptions options, bool validates, string? folder, int batches, string? loss = null)
    {
        using var problem = new TinyProblem(seed: 3);
        if (loss is not null)
        {
            problem.Loss.Dispose();
            problem.Loss = ChosenLosses.Make(loss, new(TinyProblem.Classes, 4, TorchSharp.torch.float32, TorchSharp.torch.CPU));
        }

        using var stop = new CancellationTokenSource();
        var done = 0;
        var epoch = 0;
        var trainer = new Trainer(options, 3)
        {
            Checkpoints = folder is null ? null : new CheckpointStore(folder, options.CheckpointSeconds),
            Validate = validates ? (_, _) => new(Scores[epoch], Scores[epoch]) : null,
            EpochEnded = (record, _) => epoch = record.WarmUp ? 0 : record.Epoch + 1,
        };
        if (folder is not null && new CheckpointStore(folder).Exists)
        {
            using var checkpoint = new CheckpointStore(folder).Load();
            epoch = checkpoint!.Position.Scores.Count;
        }

        var progress = new RecordedProgress(_ => { if (++done == batches) stop.Cancel(); });
        try
        {
            var outcome = problem.Run(trainer, progress, stop.Token);
            return (problem.Bytes(), [.. outcome.Epochs.Select(e => e.MeanLoss)]);
        }
        catch (OperationCanceledException)
        {
            return (null, null);
        }
    }
}
