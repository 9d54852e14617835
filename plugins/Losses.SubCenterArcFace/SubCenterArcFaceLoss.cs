using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Sub-centre ArcFace (Deng, Guo, Liu, Gong, Zafeiriou, ECCV 2020): K centres a class, of which the nearest one counts,
/// <c>cos(theta_ic) = max_k cos_ick</c>, and on these cosines ArcFace, <c>z_ic = s cos(theta_ic + m [c = y_i])</c>; beyond pi - m as
/// <see cref="AngularMargin"/> says. Centres start as N(0, 2 / (C K)).
/// </summary>
[Plugin("subcenter-arcface")]
public sealed class SubCenterArcFaceLoss(SubCenterArcFaceOptions options, LossShape shape) : SoftmaxProxyLoss(shape, options.Centers)
{
    /// <inheritdoc/>
    protected override double? LogitSlope => options.Margin == 0 ? options.Scale : null;

    /// <inheritdoc/>
    protected override Tensor Logits(Tensor cosines, Tensor labels)
    {
        var nearest = ProxiesPerClass == 1 ? cosines : cosines.view(-1, ClassCount, ProxiesPerClass).max(2).values;
        return WithOwn(nearest, labels, own => AngularMargin.Add(own, options.Margin)) * options.Scale;
    }
}
