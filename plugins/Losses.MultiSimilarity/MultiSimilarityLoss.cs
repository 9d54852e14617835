using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Multi-similarity loss (Wang, Han, Huang, Dong, Scott, CVPR 2019, equation 15) with its miner (equations 10 and 11):
/// <c>v_a = 1/alpha log(1 + sum_p w_p exp(-alpha (cos_ap - lambda))) + 1/beta log(1 + sum_n w_n exp(beta (cos_an - lambda)))</c>, averaged over all
/// samples as anchors.
/// </summary>
[Plugin("multi-similarity")]
public sealed class MultiSimilarityLoss(MultiSimilarityOptions options) : PairLoss
{
    /// <inheritdoc/>
    protected override IReadOnlyList<PairTerm> TermsAt(PairBlock pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        var (positives, negatives) = options.Epsilon is { } epsilon ? Mine(pairs, epsilon) : (pairs.Positives, pairs.Negatives);
        var (near, far) = (pairs.Cosines - options.Base, options.Base - pairs.Cosines);
        return
        [
            new((pairs.LogSum(far * options.PositiveScale, positives, one: true) / options.PositiveScale)
                + (pairs.LogSum(near * options.NegativeScale, negatives, one: true) / options.NegativeScale)),
        ];
    }

    /// <summary>Which pairs are hard enough; without positives no negative is, and the other way round.</summary>
    private static (Tensor Positives, Tensor Negatives) Mine(PairBlock pairs, double epsilon)
    {
        var cosines = pairs.Cosines.detach();
        var farthest = cosines.masked_fill(pairs.Positives.logical_not(), double.PositiveInfinity).amin([1], keepdim: true);
        var nearest = cosines.masked_fill(pairs.Negatives.logical_not(), double.NegativeInfinity).amax([1], keepdim: true);
        return (pairs.Positives.logical_and(cosines < nearest + epsilon), pairs.Negatives.logical_and(cosines > farthest - epsilon));
    }
}
