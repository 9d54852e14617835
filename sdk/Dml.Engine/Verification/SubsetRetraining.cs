using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Verification;

/// <summary>
/// Reality for an estimator: W trained further on a subset of the cached features, from the trained W, by plain gradient descent, or as settings say, on
/// the mean loss of the samples that are kept. Bias, proxies and features stay, as in every estimator. All subsets see the same batches
/// in the same order, so that two results differ by their subsets and not by chance. Plain steps, not Adam's: Adam divides a gradient by
/// its own size, so its steps are no sum over samples, and no score of samples adds up to them; it is there for who retrains with it.
/// </summary>
/// <param name="context">The trained model; nothing in it is changed.</param>
/// <param name="settings">Steps, rate, batch.</param>
internal sealed class SubsetRetraining(InfluenceContext context, VerifySettings settings)
{
    /// <summary>Trains.</summary>
    /// <param name="kept">(N) whether a sample is kept.</param>
    /// <param name="seed">Decides the batches.</param>
    /// <param name="cancellationToken">Stops it between two steps.</param>
    /// <returns>W, (E, D); the caller disposes of it.</returns>
    /// <exception cref="DmlException">The loss is not finite.</exception>
    public Tensor Run(IReadOnlyList<bool> kept, int seed, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();

        // A mean divides by all samples, so a weight of N / kept makes it the mean of those kept. In a loss that is no mean it would weight pairs anew.
        var whole = context.Loss.IsMeanOfSamples ? kept.Count / (double)kept.Count(k => k) : 1;
        var weights = tensor(kept.Select(k => k ? whole : 0).ToArray()).to(context.Precision);
        if (settings.Optimizer != HeadOptimizer.Sgd)
        {
            return HeadReplay.Train(context, settings.Training(seed), weights.to(float64), cancellationToken).to(context.Precision).MoveToOuterDisposeScope();
        }

        var weight = context.HeadWeight.detach().clone();
        using var batches = BatchOrder.Of(context, settings.Batch, seed).GetEnumerator();
        for (var step = 1; step <= settings.Steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var stepScope = NewDisposeScope();
            batches.MoveNext();
            weight.add_(Gradient(weight, weights, batches.Current), alpha: -settings.LearningRate);
        }

        if (!weight.isfinite().all().item<bool>())
        {
            throw new DmlException(
                null, "a finite head after retraining", "NaN or infinity", $"take a smaller {Mention.Option("learningRate")} than {settings.LearningRate}");
        }

        return weight.MoveToOuterDisposeScope();
    }

    private Tensor Gradient(Tensor weight, Tensor weights, long[] batch)
    {
        using var scope = NewDisposeScope();
        var followed = weight.detach().requires_grad_();
        var indices = tensor(batch);
        var features = context.TrainFeaturesAt(batch);
        var loss = context.Loss.BatchLoss(
            features.mm(followed.t()) + context.HeadBias, context.TrainLabels.index_select(0, indices), weights.index_select(0, indices));
        return Gradients.Of(loss, followed).MoveToOuterDisposeScope();
    }
}
