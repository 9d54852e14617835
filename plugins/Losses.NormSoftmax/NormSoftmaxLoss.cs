using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Normalised softmax (Zhai, Wu, BMVC 2019): <c>l_i = -log softmax_c(cos_ic / sigma)[y_i]</c>. Proxies start as N(0, 2 / C).
/// </summary>
[Plugin("norm-softmax")]
public sealed class NormSoftmaxLoss(NormSoftmaxOptions options, LossShape shape) : SoftmaxProxyLoss(shape)
{
    /// <inheritdoc/>
    protected override double? LogitSlope => 1 / options.Temperature;

    /// <inheritdoc/>
    protected override Tensor Logits(Tensor cosines, Tensor labels) => cosines / options.Temperature;
}
