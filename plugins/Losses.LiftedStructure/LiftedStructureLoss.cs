using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Lifted structure loss (Oh Song, Xiang, Jegelka, Savarese, CVPR 2016, equation 4) on distances d of unit embeddings: half the mean over positive
/// pairs of <c>[d_ap + log(sum_n w_n exp(alpha - d_an) + sum_n w_n exp(alpha - d_pn))]_+^2</c>, the negatives of both ends.
/// </summary>
/// <remarks>A pair needs the rows of both its ends, so anchors cannot be taken in blocks.</remarks>
[Plugin("lifted-structure")]
public sealed class LiftedStructureLoss(LiftedStructureOptions options) : PairLoss
{
    /// <inheritdoc/>
    protected override bool IsOfRows => false;

    /// <inheritdoc/>
    protected override IReadOnlyList<PairTerm> TermsAt(PairBlock pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        var distances = pairs.Distances();
        var own = pairs.LogSum(options.Margin - distances, pairs.Negatives);
        var costs = (distances + logaddexp(own.unsqueeze(1), own.unsqueeze(0))).clamp_min(0).square() / 2;
        var weights = pairs.WeightsOf(pairs.Positives);
        return [new((costs * weights).sum(1), weights.sum(1))];
    }
}
