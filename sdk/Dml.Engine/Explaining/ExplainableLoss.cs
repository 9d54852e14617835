using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Explaining;

/// <summary>
/// Refuses a loss that an estimator cannot explain, by name, instead of writing scores of zero. A loss that is the same whatever the model does,
/// or whatever weights samples have, is told before anything is computed; scores that are all zero for another reason are told after it.
/// </summary>
internal static class ExplainableLoss
{
    private const long BlockSize = 4096;

    /// <summary>Refuses a loss that is the same for every training sample whatever its embedding.</summary>
    /// <param name="context">The model.</param>
    /// <param name="loss">The loss's plugin name.</param>
    /// <param name="estimator">Plugin name of an estimator whose scores have a sign, and so speak of the loss.</param>
    /// <exception cref="DmlException">No value moves, or no share of a loss that is no mean of samples.</exception>
    public static void Require(InfluenceContext context, string loss, string estimator)
    {
        if (!context.Loss.IsMeanOfSamples)
        {
            if (LossShares.Move(context)) return;
            throw new DmlException(
                $"Expected a loss that tells samples apart by their weights, found \"{loss}\", whose derivatives in the weights of all {context.TrainCount} "
                    + $"training samples are the same at any embedding; \"{estimator}\" explains samples' shares of the loss, so let its BatchLoss use the "
                    + "weights that it is given, or choose an estimator that does not look at the loss (similarity).");
        }

        foreach (var samples in SampleRange.Grid(context.TrainCount, BlockSize))
        {
            using var scope = NewDisposeScope();
            var embeddings = LossGradients.Embed(context, context.TrainFeaturesAt(samples));
            if (LossDependence.OnEmbeddings(context.Loss, embeddings, context.TrainLabels.narrow(0, samples.Start, samples.Count))) return;
        }

        throw new DmlException(
            $"Expected a loss whose value of a single sample moves with the model, found \"{loss}\", "
                + $"which is the same at any embedding for all {context.TrainCount} training samples; "
                + $"\"{estimator}\" explains single samples, so choose an estimator that does not look at the loss (similarity).");
    }

    /// <summary>Refuses an estimator that takes each sample by itself, for a loss that is no mean of samples.</summary>
    /// <param name="context">The model.</param>
    /// <param name="explains">Whether the estimator's scores hold for such a loss.</param>
    /// <param name="loss">The loss's plugin name.</param>
    /// <param name="estimator">The estimator's plugin name.</param>
    /// <exception cref="DmlException">They do not.</exception>
    public static void RequireMean(InfluenceContext context, bool explains, string loss, string estimator)
    {
        if (explains || context.Loss.IsMeanOfSamples) return;
        throw new DmlException(
            $"Expected an estimator that explains losses of whole batches, found \"{estimator}\", which takes each sample by itself; "
                + $"the loss \"{loss}\" is no mean of samples, so choose eif, if or tracin, or let the estimator compute with samples' shares (LossShares).");
    }

    /// <summary>Refuses scores that are zero for every sample of every confusion that could be moved.</summary>
    /// <param name="rows">A row a confusion.</param>
    /// <param name="targets">The confusions. Where the items of one lie on each other, d and its gradient are 0, and zeros are right.</param>
    /// <param name="loss">The loss's plugin name.</param>
    /// <param name="estimator">The estimator's plugin name.</param>
    /// <exception cref="DmlException">All are.</exception>
    public static void RequireScores(IEnumerable<Tensor> rows, IReadOnlyList<TargetExplanation> targets, string loss, string estimator) =>
        RequireScores(() => rows.Any(HasScore), targets, loss, estimator);

    /// <summary>The same of scores that are not kept.</summary>
    /// <param name="any">Whether one is not zero.</param>
    /// <param name="targets">What the scores are of.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="estimator">The estimator.</param>
    /// <exception cref="DmlException">All are zero.</exception>
    public static void RequireScores(Func<bool> any, IReadOnlyList<TargetExplanation> targets, string loss, string estimator)
    {
        // At the greatest distance, 4 for unit vectors, the gradient of d is 0 as well.
        var movable = targets.Count(t => t.Distance is > 0 and < 4);
        if (movable == 0 || any()) return;
        throw new DmlException(
            $"Expected scores of the estimator \"{estimator}\" that are not all zero, found zeros for every training sample on all {targets.Count} confusions; "
                + $"it finds no influence of single samples on the loss \"{loss}\", so choose another estimator, or check the loss's PerSample.");
    }

    private static bool HasScore(Tensor row)
    {
        using var scope = NewDisposeScope();
        return row.count_nonzero().item<long>() > 0;
    }
}
