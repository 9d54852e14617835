using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Circle loss (Sun et al., CVPR 2020, equation 6) of pairs:
/// <c>v_a = log(1 + sum_n w_n exp(gamma [c_an + m]_+ (c_an - m)) sum_p w_p exp(-gamma [1 + m - c_ap]_+ (c_ap - 1 + m)))</c>, averaged over the
/// anchors with a positive and a negative.
/// </summary>
/// <remarks>
/// The published training holds the factors in brackets constant, so that its gradient is that of no loss, and there is nothing whose change a score could
/// follow. Here they are differentiated: values agree, gradients of negatives are <c>2 c</c> in place of <c>c + m</c>, those of positives
/// <c>2 (1 - c)</c> in place of <c>1 - c + m</c>.
/// </remarks>
[Plugin("circle")]
public sealed class CircleLoss(CircleOptions options) : PairLoss
{
    /// <inheritdoc/>
    protected override IReadOnlyList<PairTerm> TermsAt(PairBlock pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        var (cosines, margin) = (pairs.Cosines, options.Margin);
        var far = (1 + margin - cosines).clamp_min(0) * (1 - margin - cosines) * options.Scale;
        var near = (cosines + margin).clamp_min(0) * (cosines - margin) * options.Scale;
        var both = pairs.Positives.any(1).logical_and(pairs.Negatives.any(1));
        var exponents = pairs.LogSum(near, pairs.Negatives) + pairs.LogSum(far, pairs.Positives);
        var values = -nn.functional.logsigmoid(-exponents.masked_fill(both.logical_not(), 0));
        return [new(values.masked_fill(both.logical_not(), 0), both.to(cosines.dtype))];
    }
}
