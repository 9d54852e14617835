using System.Diagnostics;
using System.Globalization;
using Dml.Host.Images;
using static TorchSharp.torch;

namespace Dml.Host.Training;

/// <summary>
/// Trains a model with its loss on class-balanced batches. With the same seed, data, initial weights and number of torch threads the
/// resulting weights are the same bit for bit. Nothing is written: a run that is stopped leaves no file behind.
/// </summary>
/// <param name="options">Epochs, batches and the optimiser's numbers.</param>
/// <param name="seed">The run's seed; decides batches and augmentation.</param>
public sealed class Trainer(TrainingOptions options, long seed)
{
    /// <summary>Trains the model and the loss's parameters in place.</summary>
    /// <param name="model">The model, with its initial weights; in evaluation mode afterwards.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="images">The training split.</param>
    /// <param name="transform">Makes the training view of each image.</param>
    /// <param name="progress">Told after each batch: epoch, loss and images a second.</param>
    /// <param name="cancellationToken">Stops it between two batches.</param>
    /// <param name="onEpoch">Called as each epoch ends.</param>
    /// <returns>One record an epoch, warm-up first.</returns>
    /// <exception cref="DmlException">The split is too small for a batch, or the loss is not finite.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyList<EpochRecord> Run(
        EmbeddingModel model, IMetricLoss loss, ImageSet images, ImageTransform transform, IProgress<ProgressReport> progress, CancellationToken cancellationToken,
        Action<EpochRecord>? onEpoch = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(transform);
        ArgumentNullException.ThrowIfNull(progress);
        int[] labels = [.. images.Samples.Select(s => s.ClassIndex)];
        var run = new State(model, loss, images, labels, transform, progress, new ClassBalancedSampler(labels, options.BatchClasses, options.BatchImages, seed));
        var records = new List<EpochRecord>();
        try
        {
            Phase(run, warmUp: true, records, onEpoch, cancellationToken);
            Phase(run, warmUp: false, records, onEpoch, cancellationToken);
        }
        finally
        {
            model.SetTraining(false);
        }

        return records;
    }

    private void Phase(State run, bool warmUp, List<EpochRecord> records, Action<EpochRecord>? onEpoch, CancellationToken cancellationToken)
    {
        var epochs = warmUp ? options.WarmUpEpochs : options.Epochs;
        if (epochs == 0) return;
        using var step = new TrainingStep(run.Model, run.Loss, options.Optimizer, options.GradientClip, warmUp);
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            var factor = warmUp ? 1 : options.RateFactor(epoch);
            step.SetRateFactor(factor);
            records.Add(Epoch(run, step, new EpochPlace(warmUp, epoch, epochs, warmUp ? 0 : factor * options.Optimizer.LearningRate), cancellationToken));
            onEpoch?.Invoke(records[^1]);
        }
    }

    private EpochRecord Epoch(State run, TrainingStep step, EpochPlace place, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var sum = 0.0;
        var done = 0;
        run.Model.SetTraining(true);
        var draw = place.WarmUp ? place.Epoch : options.WarmUpEpochs + place.Epoch;
        void Write(int index, Span<float> target) => run.Transform.Augment(run.Images.Resized(index), seed, draw, index, target);
        foreach (var batch in BatchPrefetcher.Run(run.Sampler.NextEpoch(), run.Transform, Write, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var value = Train(run, step, batch);
            done++;
            if (!double.IsFinite(value)) throw NotFinite(place, done, value);
            sum += value;
            var rate = done * run.Sampler.BatchSize / clock.Elapsed.TotalSeconds;
            run.Progress.Report(new ProgressReport(
                place.Stage, done, run.Sampler.BatchesPerEpoch, string.Create(CultureInfo.InvariantCulture, $"loss {sum / done:0.0000}, {rate:0} images/s")));
        }

        var seconds = clock.Elapsed.TotalSeconds;
        return new EpochRecord(place.WarmUp, place.Epoch, sum / done, place.Rate, done * run.Sampler.BatchSize / seconds, seconds);
    }

    private static double Train(State run, TrainingStep step, ImageBatch batch)
    {
        using var scope = NewDisposeScope();
        var labels = tensor(batch.Indices.Select(i => (long)run.Labels[i]).ToArray(), device: run.Model.Device);
        return step.Run(batch.ToTensor(run.Model.Device), labels);
    }

    private DmlException NotFinite(EpochPlace place, int batch, double value)
    {
        var rates = options.Optimizer;
        var hint = rates.ProxyLearningRate > Math.Max(rates.LearningRate, rates.HeadLearningRate) ? "proxyLearningRate" : "learningRate and headLearningRate";
        return new DmlException(string.Create(
            CultureInfo.InvariantCulture,
            $"Expected a finite training loss, found {value} in {(place.WarmUp ? "warm-up epoch" : "epoch")} {place.Epoch + 1}, batch {batch}; lower training.optimizer.{hint} or raise training.optimizer.epsilon."));
    }

    private sealed record State(
        EmbeddingModel Model,
        IMetricLoss Loss,
        ImageSet Images,
        int[] Labels,
        ImageTransform Transform,
        IProgress<ProgressReport> Progress,
        ClassBalancedSampler Sampler);

    private readonly record struct EpochPlace(bool WarmUp, int Epoch, int Epochs, double Rate)
    {
        public string Stage => $"{(WarmUp ? "warm-up epoch" : "train epoch")} {Epoch + 1} of {Epochs}";
    }
}
