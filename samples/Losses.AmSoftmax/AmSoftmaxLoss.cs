using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Samples;

/// <summary>
/// Softmax with an additive margin (Wang, Cheng, Liu, Liu, IEEE SPL 2018): the formula of the built-in <c>cosface</c>, with a smaller scale,
/// <c>l_i = -log softmax_c(s (cos_ic - m [c = y_i]))[y_i]</c>. Proxies start as N(0, 1).
/// </summary>
/// <param name="options">Scale and margin.</param>
/// <param name="shape">Number of classes, embedding size, dtype and device.</param>
[Plugin("am-softmax")]
public sealed class AmSoftmaxLoss(AmSoftmaxOptions options, LossShape shape) : SoftmaxProxyLoss(shape, deviation: 1)
{
    /// <summary>The margin is a constant: it moves no logit.</summary>
    /// <inheritdoc/>
    protected override double? LogitSlope => options.Scale;

    /// <inheritdoc/>
    protected override Tensor Logits(Tensor cosines, Tensor labels)
    {
        if (options.Margin == 0) return cosines * options.Scale;
        var own = nn.functional.one_hot(labels, cosines.shape[1]).to(cosines.dtype);
        return (cosines - (options.Margin * own)) * options.Scale;
    }
}
