using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>ArcFace (Deng et al., CVPR 2019, equation 3): <c>z_ic = s cos(theta_ic + m [c = y_i])</c>.</summary>
[Plugin("arcface")]
public sealed class ArcFaceLoss(ArcFaceOptions options, LossShape shape) : SoftmaxProxyLoss(shape)
{
    /// <inheritdoc/>
    protected override Tensor Logits(Tensor cosines, Tensor labels)
    {
        // The angle has no slope at a cosine of 1 or -1.
        var angles = cosines.clamp(-1 + 1e-6, 1 - 1e-6).acos();
        var own = nn.functional.one_hot(labels, ClassCount) > 0;
        return where(own, (angles + options.Margin).cos(), cosines) * options.Scale;
    }
}
