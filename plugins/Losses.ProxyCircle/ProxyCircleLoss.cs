using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Circle on proxies (Sun et al., CVPR 2020): <c>l_i = -log softmax_c(z_ic)[y_i]</c> with
/// <c>z_iy = gamma (m^2 - (1 - cos_iy)^2)</c> and <c>z_ic = gamma (cos_ic^2 - m^2)</c> where <c>cos_ic &gt; -m</c>, else 0. Proxies start as N(0, 2 / C).
/// </summary>
/// <remarks>
/// These are the paper's weights times its differences, <c>[1 + m - cos]_+ (cos - 1 + m)</c> and <c>[cos + m]_+ (cos - m)</c>, multiplied out. The published
/// code holds the weights constant when it differentiates; then what it follows is the gradient of no loss, and influence has no meaning.
/// Here they are differentiated too.
/// </remarks>
[Plugin("proxy-circle")]
public sealed class ProxyCircleLoss(ProxyCircleOptions options, LossShape shape) : SoftmaxProxyLoss(shape)
{
    /// <inheritdoc/>
    protected override Tensor Logits(Tensor cosines, Tensor labels)
    {
        var square = options.Margin * options.Margin;
        var own = square - (1 - cosines.gather(1, labels.unsqueeze(1))).square();
        var others = (cosines.square() - square) * (cosines > -options.Margin).to(cosines.dtype);
        return WithOwn(others, labels, _ => own) * options.Scale;
    }
}
