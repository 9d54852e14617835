using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Contrastive loss (Hadsell, Chopra, LeCun, CVPR 2006, equation 4) on distances d of unit embeddings: the mean of <c>(d_ap - m_p)^2</c> over
/// the positive pairs that are not zero plus the mean of <c>(m_n - d_an)^2</c> over the negative pairs that are not zero, each within its margin alone.
/// </summary>
/// <remarks>The published loss has a factor of a half and one sum over all pairs, in which the many negatives drown the positives.</remarks>
[Plugin("contrastive")]
public sealed class ContrastiveLoss(ContrastiveOptions options) : PairLoss
{
    /// <inheritdoc/>
    protected override IReadOnlyList<PairTerm> TermsAt(PairBlock pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        var distances = pairs.Distances();
        return [Term(pairs, distances - options.PositiveMargin, pairs.Positives), Term(pairs, options.NegativeMargin - distances, pairs.Negatives)];
    }

    private PairTerm Term(PairBlock pairs, Tensor excess, Tensor chosen)
    {
        var weights = pairs.WeightsOf(chosen.logical_and(excess.detach() > 0));
        return new(((options.Squared ? excess.square() : excess) * weights).sum(1), weights.sum(1));
    }
}
