using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// ProxyNCA++ (Teh, DeVries, Taylor, ECCV 2020): <c>l_i = -log softmax_c(-D_i)[y_i]</c> over all classes, the positive one included,
/// with <c>D_ic = 2 s^2 (1 - cos_ic)</c>, the squared distance between embedding and proxy, both scaled to length s. Proxies start as N(0, 1) / 8.
/// </summary>
[Plugin("proxy-nca-pp")]
public sealed class ProxyNcaPPLoss(ProxyNcaPPOptions options, LossShape shape) : SoftmaxProxyLoss(shape, deviation: 1.0 / 8)
{
    private readonly double _logitScale = 2 * options.Scale * options.Scale;

    /// <inheritdoc/>
    protected override double? LogitSlope => _logitScale;

    /// <summary>The constant -2 s^2 of every -D_ic cancels in the softmax.</summary>
    /// <inheritdoc/>
    protected override Tensor Logits(Tensor cosines, Tensor labels) => cosines * _logitScale;
}
