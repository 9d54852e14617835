using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// CosFace (Wang et al., CVPR 2018, equation 4): <c>l_i = -log softmax_c(s (cos_ic - m [c = y_i]))[y_i]</c>. Proxies start as N(0, 2 / C).
/// </summary>
[Plugin("cosface")]
public sealed class CosFaceLoss(CosFaceOptions options, LossShape shape) : SoftmaxProxyLoss(shape)
{
    /// <summary>The margin is a constant: it moves no logit.</summary>
    /// <inheritdoc/>
    protected override double? LogitSlope => options.Scale;

    /// <inheritdoc/>
    protected override Tensor Logits(Tensor cosines, Tensor labels) => WithOwn(cosines, labels, own => own - options.Margin) * options.Scale;
}
