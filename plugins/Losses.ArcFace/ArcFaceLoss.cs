using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// ArcFace (Deng, Guo, Xue, Zafeiriou, CVPR 2019, equation 3): <c>l_i = -log softmax_c(z_ic)[y_i]</c> with
/// <c>z_ic = s cos(theta_ic + m [c = y_i])</c>, and <c>s (cos(theta_iy) - m sin(m))</c> for an own angle above pi - m
/// (<see cref="AngularMargin"/>). Proxies start as N(0, 2 / C).
/// </summary>
[Plugin("arcface")]
public sealed class ArcFaceLoss(ArcFaceOptions options, LossShape shape) : SoftmaxProxyLoss(shape)
{
    /// <inheritdoc/>
    protected override double? LogitSlope => options.Margin == 0 ? options.Scale : null;

    /// <inheritdoc/>
    protected override Tensor Logits(Tensor cosines, Tensor labels) =>
        WithOwn(cosines, labels, own => AngularMargin.Add(own, options.Margin)) * options.Scale;
}
