using Dml.Numerics;

namespace Dml.Plugins;

/// <summary>
/// Supervised contrastive loss (Khosla et al., NeurIPS 2020, equation 2, the sum outside):
/// <c>v_a = -1/W_a sum_p w_p log(exp(cos_ap / tau) / sum_j w_j exp(cos_aj / tau))</c>, W_a the sum of the positives' weights and j over all other samples,
/// averaged over the anchors with a positive.
/// </summary>
[Plugin("supcon")]
public sealed class SupConLoss(SupConOptions options) : PairLoss
{
    /// <inheritdoc/>
    protected override IReadOnlyList<PairTerm> TermsAt(PairBlock pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        var logits = pairs.Cosines / options.Temperature;
        var weights = pairs.WeightsOf(pairs.Positives);
        var whole = weights.sum(1);
        var some = pairs.Positives.any(1);
        var mean = (logits * weights).sum(1) / whole.masked_fill(some.logical_not(), 1);
        var values = pairs.LogSum(logits, pairs.Positives.logical_or(pairs.Negatives)) - mean;
        return [new(values.masked_fill(some.logical_not(), 0), some.to(logits.dtype))];
    }
}
