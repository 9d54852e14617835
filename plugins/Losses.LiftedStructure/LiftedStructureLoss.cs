using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Lifted structure loss (Oh Song, Xiang, Jegelka, Savarese, CVPR 2016, equation 4) on distances d of embeddings of length s: half the mean over positive
/// pairs of <c>[d_ap + log(sum_n w_n exp(alpha - d_an) + sum_n w_n exp(alpha - d_pn))]_+^2</c>, the negatives of both ends. Generalized (Hermans, Beyer,
/// Leibe, 2017) it is the mean over anchors of <c>[log sum_p w_p exp(d_ap) + log sum_n w_n exp(alpha - d_an)]_+</c>.
/// </summary>
/// <remarks>The published form needs the rows of both ends of a pair, so its anchors cannot be taken in blocks.</remarks>
[Plugin("lifted-structure")]
public sealed class LiftedStructureLoss(LiftedStructureOptions options) : PairLoss
{
    /// <inheritdoc/>
    protected override bool IsOfRows => options.Generalized;

    /// <inheritdoc/>
    protected override IReadOnlyList<PairTerm> TermsAt(PairBlock pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        var distances = pairs.Distances() * options.Scale;
        var near = pairs.LogSum(options.Margin - distances, pairs.Negatives);
        if (options.Generalized)
        {
            var far = pairs.LogSum(distances, pairs.Positives).masked_fill(pairs.Positives.any(1).logical_not(), 0);
            return [new((far + near.masked_fill(pairs.Negatives.any(1).logical_not(), 0)).clamp_min(0))];
        }

        var costs = (distances + logaddexp(near.unsqueeze(1), near.unsqueeze(0))).clamp_min(0).square() / 2;
        var weights = pairs.WeightsOf(pairs.Positives);
        return [new((costs * weights).sum(1), weights.sum(1))];
    }
}
