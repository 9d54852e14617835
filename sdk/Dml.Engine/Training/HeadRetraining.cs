using System.Globalization;
using Dml.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Engine.Training;

/// <summary>
/// Reweighted retraining (Liu et al., NeurIPS 2022; numerics, section 3): trains the head's weight W further on cached features with a
/// weight for each sample, helpful ones up and harmful ones out. Bias, proxies and backbone stay fixed. What it changes in a confusion
/// shows whether the scores were right: <c>context with { HeadWeight = W }</c> is the model that it makes.
/// </summary>
/// <param name="options">The optimiser's numbers and the batches.</param>
internal sealed class HeadRetraining(HeadRetrainingOptions options)
{
    /// <summary>N weights: those of the options for helpful and harmful samples, 1 for all others.</summary>
    /// <param name="count">N.</param>
    /// <param name="helpful">Training indices.</param>
    /// <param name="harmful">Training indices, none of them helpful.</param>
    /// <exception cref="ArgumentException">An index is beyond the samples or in both lists.</exception>
    public double[] SampleWeights(long count, IReadOnlyCollection<int> helpful, IReadOnlyCollection<int> harmful)
    {
        ArgumentNullException.ThrowIfNull(helpful);
        ArgumentNullException.ThrowIfNull(harmful);
        if (helpful.Concat(harmful).Any(i => i < 0 || i >= count))
        {
            throw new ArgumentException($"Expected training indices from 0 to {count - 1}, found one beyond them.");
        }

        if (helpful.Intersect(harmful).Any()) throw new ArgumentException("Expected no sample to be both helpful and harmful.", nameof(harmful));
        var weights = new double[count];
        Array.Fill(weights, 1);
        foreach (var i in helpful) weights[i] = options.HelpfulWeight;
        foreach (var i in harmful) weights[i] = options.HarmfulWeight;
        return weights;
    }

    /// <summary>Trains W on batches of the sampler that the model was trained with, where it is a plugin; else on class-balanced ones.</summary>
    /// <param name="context">The trained model; nothing in it is changed.</param>
    /// <param name="sampleWeights">N weights, at least 0.</param>
    /// <param name="seed">Decides the batches.</param>
    /// <param name="progress">Receives progress after each batch.</param>
    /// <param name="cancellationToken">Stops it between two batches.</param>
    /// <returns>The new W, (E, D), dtype of the context; the caller disposes of it.</returns>
    /// <exception cref="DmlException">There are too few classes or samples for a batch, or the loss is not finite.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public Tensor Run(
        InfluenceContext context, IReadOnlyList<double> sampleWeights, long seed, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var sampler = ITrainingSampler.Of(context.Sampler, Labels(context), options.BatchClasses, options.BatchImages, seed);
        var batches = Enumerable.Range(0, options.Epochs).SelectMany(_ => sampler.NextEpoch());
        return Run(context, sampleWeights, batches, options.Epochs * sampler.BatchesPerEpoch, progress, cancellationToken);
    }

    /// <summary>Trains W on given batches.</summary>
    /// <param name="context">The trained model; nothing in it is changed.</param>
    /// <param name="sampleWeights">N weights, at least 0.</param>
    /// <param name="batches">Training indices, one array a batch.</param>
    /// <param name="progress">Receives progress after each batch.</param>
    /// <param name="cancellationToken">Stops it between two batches.</param>
    /// <returns>The new W, (E, D), dtype of the context; the caller disposes of it.</returns>
    /// <exception cref="DmlException">The loss is not finite.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public Tensor Run(
        InfluenceContext context, IReadOnlyList<double> sampleWeights, IReadOnlyList<int[]> batches, IProgress<ProgressReport> progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return Run(context, sampleWeights, batches, batches.Count, progress, cancellationToken);
    }

    private Tensor Run(
        InfluenceContext context, IReadOnlyList<double> sampleWeights, IEnumerable<int[]> batches, int total, IProgress<ProgressReport> progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(progress);
        var weights = Checked(sampleWeights, context.TrainCount);
        using var gradients = enable_grad();
        using var scope = NewDisposeScope();
        var head = new Parameter(context.HeadWeight.detach().clone());
        using var adam = optim.Adam([head], options.LearningRate, options.Beta1, options.Beta2, options.Epsilon);
        foreach (var (done, batch) in batches.Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var value = Step(context, head, adam, batch, weights);
            if (!double.IsFinite(value))
            {
                throw new DmlException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Expected a finite loss in batch {done + 1} of the retraining, found {value}; lower its learning rate, now {options.LearningRate}."));
            }

            progress.Report(new("retrain the head", done + 1, total, string.Create(CultureInfo.InvariantCulture, $"loss {value:0.0000}")));
        }

        return head.detach().MoveToOuterDisposeScope();
    }

    /// <summary>One step of Adam. The gradient is taken in W alone, so that nothing gathers in the loss's own parameters.</summary>
    private double Step(InfluenceContext context, Parameter head, Adam adam, int[] batch, double[] weights)
    {
        using var scope = NewDisposeScope();
        var device = context.HeadWeight.device;
        long[] samples = [.. batch.Select(i => (long)i)];
        var indices = tensor(samples, device: device);
        var embeddings = context.TrainFeaturesAt(samples).mm(head.t()) + context.HeadBias;
        var batchWeights = tensor(batch.Select(i => weights[i]).ToArray(), device: device).to(context.Precision);

        // The regulariser depends on the proxies alone: no gradient in W.
        var loss = context.Loss.BatchLoss(embeddings, context.TrainLabels.index_select(0, indices), batchWeights);
        var value = loss.to(float64).item<double>();
        if (!double.IsFinite(value)) return value;
        var gradient = Gradients.Of(loss, head);
        head.grad = options.GradientClip is { } clip ? gradient.clamp(-clip, clip) : gradient;
        adam.step();
        adam.zero_grad();
        return value;
    }

    private static int[] Labels(InfluenceContext context)
    {
        using var scope = NewDisposeScope();
        return [.. context.TrainLabels.cpu().Values<long>().Select(label => (int)label)];
    }

    private static double[] Checked(IReadOnlyList<double> weights, long count)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (weights.Count != count)
        {
            throw new ArgumentException($"Expected {count} sample weights, one a training sample, found {weights.Count}.", nameof(weights));
        }

        if (weights.Any(w => !(w >= 0) || double.IsInfinity(w))) throw new ArgumentException("Expected finite sample weights of at least 0.", nameof(weights));
        return [.. weights];
    }
}
