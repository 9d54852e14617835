using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Li-ArcFace (Li et al., ICCV Workshops 2019): logits fall linearly with the angle, <c>z_ic = s (1 - 2 (theta_ic + m [c = y_i]) / pi)</c>.
/// </summary>
[Plugin("li-arcface")]
public sealed class LiArcFaceLoss(LiArcFaceOptions options, LossShape shape) : SoftmaxProxyLoss(shape)
{
    /// <inheritdoc/>
    protected override Tensor Logits(Tensor cosines, Tensor labels)
    {
        // The angle has no slope at a cosine of 1 or -1.
        var angles = cosines.clamp(-1 + 1e-6, 1 - 1e-6).acos();
        return (1 - (2 / Math.PI * WithOwn(angles, labels, own => own + options.Margin))) * options.Scale;
    }
}
