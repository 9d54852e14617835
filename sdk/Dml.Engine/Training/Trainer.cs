using System.Diagnostics;
using System.Globalization;
using Dml.Engine.Models;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Training;

/// <summary>What a training came to.</summary>
/// <param name="Epochs">One record an epoch, warm-up first.</param>
/// <param name="Validation">Scores after each epoch of the main run; empty without validation.</param>
internal sealed record TrainingOutcome(IReadOnlyList<EpochRecord> Epochs, IReadOnlyList<ValidationScore> Validation);

/// <summary>
/// Trains a model with its loss on batches of a sampler. With the same seed, data, initial weights and number of torch threads the
/// resulting weights are the same bit for bit, however often the training was stopped and resumed.
/// </summary>
/// <param name="options">Epochs, batches and the optimiser's numbers.</param>
/// <param name="seed">The run's seed; decides batches and augmentation.</param>
internal sealed class Trainer(TrainingOptions options, long seed)
{
    /// <summary>The run's seed.</summary>
    public long Seed => seed;

    /// <summary>Keeps checkpoints; null to keep none.</summary>
    public CheckpointStore? Checkpoints { get; init; }

    /// <summary>Validates after each epoch of the main run, for schedules that watch it; null to train without.</summary>
    public Func<Network, CancellationToken, ValidationScore>? Validate { get; init; }

    /// <summary>Called as each epoch ends, with its validation.</summary>
    public Action<EpochRecord, ValidationScore?>? EpochEnded { get; init; }

    /// <summary>Trains the model and the loss's parameters in place, from the newest checkpoint if there is one.</summary>
    /// <param name="model">The model, with its initial weights; in evaluation mode afterwards.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="inputs">The training split.</param>
    /// <param name="progress">Receives progress after each batch: epoch, loss, inputs a second and the time left.</param>
    /// <param name="cancellationToken">Stops it between two batches; a checkpoint of that place is then kept.</param>
    /// <exception cref="DmlException">The split is too small for a batch, or the loss is not finite.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public TrainingOutcome Run(
        Network model, IMetricLoss loss, ITrainingInputs inputs, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(progress);
        var sampler = ITrainingSampler.Make(options, inputs.Labels, seed);
        using var checkpoint = Checkpoints?.Load();
        if (checkpoint is not null)
        {
            ModelTensors.Load(model, loss, checkpoint.Model, checkpoint.Source);
            ModelTensors.Load(ModelTensors.Remembered(loss), checkpoint.Memory, checkpoint.Source);
            random.set_rng_state(checkpoint.RandomState);
            sampler.Restore(checkpoint.Position.Sampler);
        }

        var start = checkpoint?.Position ?? new(WarmUp: true, 0, 0, 0, [], sampler.Save(), [], []);
        var state = new State(model, loss, inputs, progress, sampler, new TrainingClock(options, sampler, start)) { Position = start };
        try
        {
            if (start.WarmUp) Phase(state, options.WarmUpEpochs, checkpoint, cancellationToken);
            if (state.Position.WarmUp) state.Position = state.Position with { WarmUp = false, Epoch = 0 };
            Phase(state, options.TrainedEpochs, start.WarmUp ? null : checkpoint, cancellationToken);
        }
        finally
        {
            model.SetTraining(false);
        }

        return new(state.Position.Records, state.Position.Scores);
    }

    /// <summary>Trains the rest of a phase with an optimiser of its own.</summary>
    private void Phase(State state, int epochs, Checkpoint? checkpoint, CancellationToken cancellationToken)
    {
        if (epochs == 0) return;
        using var step = new TrainingStep(state.Model, state.Loss, options.Optimizer, options.GradientClip, state.Position.WarmUp, options.Precision);
        if (checkpoint is not null) step.Optimizer.Restore(checkpoint.Moments, checkpoint.Position.OptimizerSteps);
        while (state.Position.Epoch < epochs)
        {
            try
            {
                Epoch(state, step, epochs, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                Save(state, step);
                throw;
            }

            if (Checkpoints?.IsDue == true) Save(state, step);
        }

        // What was trained is not trained again because it was stopped before the features of its images were all there.
        if (!state.Position.WarmUp) Save(state, step);
    }

    private void Epoch(State state, TrainingStep step, int epochs, CancellationToken cancellationToken)
    {
        var place = state.Position;
        var rates = place.WarmUp ? null : options.RatesOf(validates: Validate is not null);
        var factor = rates?.Factor(options, place.Epoch, place.Scores) ?? 1;
        step.Optimizer.SetRateFactor(factor);
        state.Model.SetTraining(true);
        var clock = Stopwatch.StartNew();
        var draw = place.WarmUp ? place.Epoch : options.WarmUpEpochs + place.Epoch;
        foreach (var batch in state.Inputs.Batches(state.Sampler.NextEpoch().Skip(place.Batch), draw, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (rates?.OfBatch?.Invoke(options, state.Position, state.Sampler.BatchesPerEpoch) is { } ofBatch) step.Optimizer.SetRateFactor(ofBatch);
            var value = Train(state, step, batch);
            if (!double.IsFinite(value)) throw NotFinite(state.Position, value);
            state.Position = state.Position with { Batch = state.Position.Batch + 1, LossSum = state.Position.LossSum + value };
            Tell(state, epochs, place.Batch, clock);
            if (Checkpoints?.IsDue == true && state.Position.Batch < state.Sampler.BatchesPerEpoch) Save(state, step);
        }

        var (done, seconds) = (state.Position.Batch - place.Batch, clock.Elapsed.TotalSeconds);
        var record = new EpochRecord(
            place.WarmUp, place.Epoch, state.Position.LossSum / state.Position.Batch, place.WarmUp ? 0 : factor * options.Optimizer.LearningRate, factor,
            done * state.Sampler.BatchSize / Math.Max(seconds, 1e-9), seconds);
        End(state, record, cancellationToken);
    }

    /// <summary>Validates where that is asked for, and moves to the next epoch.</summary>
    private void End(State state, EpochRecord record, CancellationToken cancellationToken)
    {
        var place = state.Position;
        ValidationScore? score = null;
        if (Validate is not null && !place.WarmUp)
        {
            score = Validate(state.Model, cancellationToken);
            place = place with { Scores = [.. place.Scores, score] };
        }

        state.Position = place with { Epoch = place.Epoch + 1, Batch = 0, LossSum = 0, Records = [.. place.Records, record], Sampler = state.Sampler.Save() };
        EpochEnded?.Invoke(record, score);
    }

    private void Save(State state, TrainingStep step) =>
        Checkpoints?.Save(state.Position with { OptimizerSteps = step.Optimizer.Steps }, state.Model, state.Loss, step.Optimizer);

    private static double Train(State state, TrainingStep step, IInputBatch batch)
    {
        using var scope = NewDisposeScope();
        var labels = tensor(batch.Indices.Select(i => (long)state.Inputs.Labels[i]).ToArray(), device: state.Model.Device);
        return step.Run(batch.ToTensor(state.Model.Device), labels);
    }

    private static void Tell(State state, int epochs, int skipped, Stopwatch clock)
    {
        var place = state.Position;
        var rate = (place.Batch - skipped) * state.Sampler.BatchSize / clock.Elapsed.TotalSeconds;
        var left = state.Clock.Left(place);
        state.Progress.Report(new ProgressReport(
            $"{(place.WarmUp ? "warm-up epoch" : "train epoch")} {place.Epoch + 1} of {epochs}",
            place.Batch,
            state.Sampler.BatchesPerEpoch,
            string.Create(CultureInfo.InvariantCulture, $"loss {place.LossSum / place.Batch:0.0000}, {rate:0} {state.Inputs.Unit}/s{left}")));
    }

    private TrainingDivergedException NotFinite(TrainingPosition place, double value)
    {
        var rates = options.Optimizer;
        var hint = rates.ProxyLearningRate > Math.Max(rates.LearningRate, rates.HeadLearningRate) ? "proxyLearningRate" : "learningRate and headLearningRate";
        if (place is { Epoch: 0, Batch: 0 })
        {
            return new TrainingDivergedException(string.Create(
                CultureInfo.InvariantCulture,
                $"Expected a finite loss of the weights that the training begins with, found {value} in the first batch; "
                    + $"look for NaN in the weights, for a division by 0 in the loss, or try another seed."));
        }

        return new TrainingDivergedException(string.Create(
            CultureInfo.InvariantCulture,
            $"Expected a finite training loss, found {value} in {(place.WarmUp ? "warm-up epoch" : "epoch")} {place.Epoch + 1}, batch {place.Batch + 1}; "
                + $"lower training.optimizer.{hint} or raise training.optimizer.epsilon."));
    }

    private sealed record State(
        Network Model,
        IMetricLoss Loss,
        ITrainingInputs Inputs,
        IProgress<ProgressReport> Progress,
        ITrainingSampler Sampler,
        TrainingClock Clock)
    {
        public required TrainingPosition Position { get; set; }
    }
}
