using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Verification;

/// <summary>
/// Reality for an estimator: W trained further on a subset of the cached features, from the trained W, by plain gradient descent, or as settings say, on
/// the mean loss of the samples that are kept. Bias and features stay, as in every estimator, and proxies unless settings move them. All subsets see the
/// same batches in the same order, so that two results differ by their subsets and not by chance. Plain steps, not Adam's: Adam divides a gradient by
/// its own size, so its steps are no sum over samples, and no score of samples adds up to them; it is there for who retrains with it.
/// </summary>
/// <param name="context">The trained model; nothing in it is changed.</param>
/// <param name="settings">Steps, rate, batch.</param>
internal sealed class SubsetRetraining(InfluenceContext context, VerifySettings settings)
{
    /// <summary>Trains, in the context's precision where plain steps go on from its head.</summary>
    /// <param name="kept">(N) whether a sample is kept.</param>
    /// <param name="seed">Decides the batches.</param>
    /// <param name="cancellationToken">Stops it between two steps.</param>
    /// <returns>W, (E, D); the caller disposes of it.</returns>
    /// <exception cref="DmlException">The weight is not finite.</exception>
    public Tensor Run(IReadOnlyList<bool> kept, int seed, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        if (settings is not { Optimizer: HeadOptimizer.Sgd, FromScratch: false, MovesProxies: false })
        {
            return RunExactly(kept, seed, cancellationToken).to(context.Precision).MoveToOuterDisposeScope();
        }

        var weights = HeadReplay.Weights(context.Loss, kept).to(context.Precision);
        var weight = context.HeadWeight.detach().clone();
        using var batches = BatchOrder.Of(context, settings.Batch, seed).GetEnumerator();
        for (var step = 1; step <= settings.Steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var stepScope = NewDisposeScope();
            batches.MoveNext();
            weight.add_(Gradient(weight, weights, batches.Current), alpha: -settings.LearningRate);
        }

        return Finite(weight).MoveToOuterDisposeScope();
    }

    /// <summary>Trains in float64, for differences that float32 would lose: those that one sample makes.</summary>
    /// <inheritdoc cref="Run"/>
    public Tensor RunExactly(IReadOnlyList<bool> kept, int seed, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var weights = HeadReplay.Weights(context.Loss, kept);
        return Finite(HeadReplay.Train(context, settings.Training(seed), weights, cancellationToken)).MoveToOuterDisposeScope();
    }

    /// <summary>d of targets after retraining: the mean over as many orders of batches as the settings say.</summary>
    /// <param name="targets">The targets.</param>
    /// <param name="kept">(N) whether a sample is kept.</param>
    /// <param name="seed">Decides the first order; the others follow by counting up.</param>
    /// <param name="exactly">Whether in float64.</param>
    /// <param name="cancellationToken">Stops it between two steps.</param>
    /// <exception cref="DmlException">A weight is not finite.</exception>
    public double[] Distances(IReadOnlyList<Confusion> targets, IReadOnlyList<bool> kept, int seed, bool exactly, CancellationToken cancellationToken)
    {
        var mean = new double[targets.Count];
        for (var order = 0; order < settings.Orders; order++)
        {
            using var weight = exactly ? RunExactly(kept, seed + order, cancellationToken) : Run(kept, seed + order, cancellationToken);
            foreach (var (t, d) in Verifier.Distances(targets, context, weight).Index()) mean[t] += d / settings.Orders;
        }

        return mean;
    }

    private Tensor Finite(Tensor weight) => weight.isfinite().all().item<bool>() ? weight : throw new DmlException(
        null, "a finite head after retraining", "NaN or infinity", $"take a smaller {Mention.Option("learningRate")} than {settings.LearningRate}");

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
