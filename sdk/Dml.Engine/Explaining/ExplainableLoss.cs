using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Explaining;

/// <summary>
/// Refuses a loss that no estimator can explain, by name, instead of writing scores of zero. A loss of pairs or triplets is constant in
/// a sample alone, which is told before anything is computed; scores that are all zero for another reason are told after it.
/// </summary>
internal static class ExplainableLoss
{
    private const long BlockSize = 4096;

    /// <summary>Refuses a loss that is the same for every training sample whatever its embedding.</summary>
    /// <param name="context">The model.</param>
    /// <param name="loss">The loss's plugin name.</param>
    /// <param name="estimator">Plugin name of an estimator whose scores have a sign, and so speak of the loss.</param>
    /// <exception cref="DmlException">No value moves.</exception>
    public static void Require(InfluenceContext context, string loss, string estimator)
    {
        foreach (var samples in SampleRange.Grid(context.TrainCount, BlockSize))
        {
            using var scope = NewDisposeScope();
            var embeddings = LossGradients.Embed(context, context.TrainFeaturesAt(samples));
            if (LossDependence.OnEmbeddings(context.Loss, embeddings, context.TrainLabels.narrow(0, samples.Start, samples.Count))) return;
        }

        var kind = context.Loss.IsMeanOfSamples ? "" : ", as with a loss of pairs or triplets";
        throw new DmlException(
            $"Expected a loss whose value of a single sample moves with the model, found \"{loss}\", "
                + $"which is the same at any embedding for all {context.TrainCount} training samples{kind}; "
                + $"\"{estimator}\" explains single samples, so choose an estimator that does not look at the loss (similarity).");
    }

    /// <summary>Refuses scores that are zero for every sample of every confusion that could be moved.</summary>
    /// <param name="rows">A row a confusion.</param>
    /// <param name="targets">The confusions. Where the items of one lie on each other, d and its gradient are 0, and zeros are right.</param>
    /// <param name="loss">The loss's plugin name.</param>
    /// <param name="estimator">The estimator's plugin name.</param>
    /// <exception cref="DmlException">All are.</exception>
    public static void RequireScores(IEnumerable<Tensor> rows, IReadOnlyList<TargetExplanation> targets, string loss, string estimator)
    {
        // At the greatest distance, 4 for unit vectors, the gradient of d is 0 as well.
        var movable = targets.Count(t => t.Distance is > 0 and < 4);
        if (movable == 0 || rows.Any(HasScore)) return;
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
