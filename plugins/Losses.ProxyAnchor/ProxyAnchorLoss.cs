using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Proxy Anchor (Kim et al., CVPR 2020, equation 4): proxies are anchors of all samples of a batch, so that its loss is no mean of
/// samples. Proxies start as N(0, 2 / C).
/// </summary>
/// <remarks>
/// <c>1/|P+| sum_{p in P+} log(1 + sum_{x of p} exp(-alpha (cos_xp - delta))) + 1/|P| sum_p log(1 + sum_{x not of p} exp(alpha (cos_xp + delta)))</c>,
/// where P+ are the proxies with a positive in the batch. The value of a sample is that of a batch of one,
/// <c>l_i = softplus(-alpha (cos_iy - delta)) + 1/C sum_{c != y} softplus(alpha (cos_ic + delta))</c>.
/// </remarks>
[Plugin("proxy-anchor")]
public sealed class ProxyAnchorLoss(ProxyAnchorOptions options, LossShape shape) : ProxyLoss(shape)
{
    /// <inheritdoc/>
    public override bool IsMeanOfSamples => false;

    /// <inheritdoc/>
    public override ILossAtCosines At(Tensor cosines, Tensor labels) => new ProxyAnchorAtCosines(cosines, labels, options);

    /// <inheritdoc/>
    protected override Tensor LossesAt(Tensor cosines, Tensor labels)
    {
        var terms = ProxyAnchorTerms.Of(cosines, labels, options);

        // softplus(x) = -logsigmoid(-x); torch's softplus gives x itself above 20, which float64 would notice.
        return (terms.Weights * -nn.functional.logsigmoid(-terms.Exponents)).sum(1);
    }

    /// <summary>
    /// The loss of a batch. Weight w multiplies a sample's exponentials, so weight 2 counts it twice; a class whose samples all have
    /// weight 0 is not among P+. Without any weight above 0 the loss is 0.
    /// </summary>
    /// <inheritdoc/>
    protected override Tensor BatchLossAt(Tensor cosines, Tensor labels, Tensor? weights)
    {
        var terms = ProxyAnchorTerms.Of(cosines, labels, options);
        var exponents = weights is null ? terms.Exponents : terms.Exponents + weights.log().unsqueeze(1);
        var counted = weights is null ? terms.IsOwn : terms.IsOwn.logical_and((weights > 0).unsqueeze(1));
        var ownProxies = counted.any(0).sum().clamp_min(1).to(exponents.dtype);
        var positive = LogOnePlusSum(exponents, terms.IsOwn).sum() / ownProxies;
        var negative = LogOnePlusSum(exponents, terms.IsOwn.logical_not()).mean();
        return positive + negative;
    }

    /// <summary>(C), <c>log(1 + sum of exp)</c> down each column over the chosen entries.</summary>
    private static Tensor LogOnePlusSum(Tensor exponents, Tensor chosen)
    {
        // A row of zeros is the 1; it also keeps an empty sum differentiable.
        var one = exponents.new_zeros([1, exponents.shape[1]]);
        return cat([one, exponents.masked_fill(chosen.logical_not(), double.NegativeInfinity)], 0).logsumexp(0);
    }
}
