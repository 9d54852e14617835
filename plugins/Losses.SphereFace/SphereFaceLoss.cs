using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// SphereFace (Liu et al., CVPR 2017) on embeddings of one length, as its authors have it since SphereFace Revived (Liu et al.,
/// TPAMI 2022): <c>l_i = -log softmax_c(z_ic)[y_i]</c> with <c>z_ic = s cos_ic</c> for other classes and <c>z_iy = s psi(theta_iy)</c>,
/// <c>psi(theta) = (-1)^k cos(m theta) - 2 k</c> and <c>k = floor(m theta / pi)</c>, which falls from 1 throughout. Proxies start as N(0, 2 / C).
/// </summary>
[Plugin("sphereface")]
public sealed class SphereFaceLoss(SphereFaceOptions options, LossShape shape) : SoftmaxProxyLoss(shape)
{
    /// <summary>The cosine of an angle of 0.001: the slope of an angle in its cosine is infinite at 1 and -1.</summary>
    private const double GreatestCosine = 1 - 5e-7;

    /// <inheritdoc/>
    protected override double? LogitSlope => options.Margin == 1 ? options.Scale : null;

    /// <inheritdoc/>
    protected override Tensor Logits(Tensor cosines, Tensor labels) =>
        options.Margin == 1 ? cosines * options.Scale : WithOwn(cosines, labels, Psi) * options.Scale;

    private Tensor Psi(Tensor cosines)
    {
        var angles = cosines.clamp(-GreatestCosine, GreatestCosine).acos() * options.Margin;
        var steps = (angles.detach() / Math.PI).floor();
        return ((1 - (2 * steps.remainder(2))) * angles.cos()) - (2 * steps);
    }
}
