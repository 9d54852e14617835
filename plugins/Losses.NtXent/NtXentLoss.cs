using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// NT-Xent (Chen, Kornblith, Norouzi, Hinton, ICML 2020, equation 1) with labels in place of views, also known as the N-pair or InfoNCE loss (Sohn, NIPS
/// 2016): the mean over positive pairs of <c>-log(exp(cos_ap / tau) / (exp(cos_ap / tau) + sum_n w_n exp(cos_an / tau)))</c>.
/// </summary>
[Plugin("ntxent")]
public sealed class NtXentLoss(NtXentOptions options) : PairLoss
{
    /// <inheritdoc/>
    protected override IReadOnlyList<PairTerm> TermsAt(PairBlock pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        var logits = pairs.Cosines / options.Temperature;
        var weights = pairs.WeightsOf(pairs.Positives);

        // log(1 + exp(n - p)), n the logarithm of the negatives' sum; without negatives it is 0.
        var excess = pairs.LogSum(logits, pairs.Negatives).unsqueeze(1) - logits;
        var costs = -nn.functional.logsigmoid(-excess);
        return [new((costs * weights).sum(1), weights.sum(1))];
    }
}
