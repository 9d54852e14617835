using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Proxy NCA (Movshovitz-Attias, Toshev, Leung, Ioffe, Singh, ICCV 2017): <c>l_i = D_iy + log sum_{c != y_i} exp(-D_ic)</c> with
/// <c>D_ic = 2 s^2 (1 - cos_ic)</c>, the squared distance between embedding and proxy, both scaled to length s. The own class stands in
/// no denominator, so the loss has no least value: it may be negative, and a sample that is far from all others still pulls. Proxies start as N(0, 2 / C).
/// </summary>
/// <remarks>
/// With the other classes' logits alone in the softmax q, the change of the loss is that of a softmax loss whose own class has
/// probability 0, and so are its derivatives: the gradient in the logits is <c>q - 1_y</c> and the Hessian <c>diag q - q q^T</c>.
/// </remarks>
[Plugin("proxy-nca")]
public sealed class ProxyNcaLoss : ProxyLoss
{
    private readonly double _logitScale;
    private readonly bool _ownInDenominator;

    /// <summary>Draws the proxies.</summary>
    /// <param name="options">Length and denominator.</param>
    /// <param name="shape">Number of classes, embedding size, dtype and device.</param>
    /// <exception cref="DmlException">There is one class alone, and with it no denominator.</exception>
    public ProxyNcaLoss(ProxyNcaOptions options, LossShape shape)
        : base(shape)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_logitScale, _ownInDenominator) = (2 * options.Scale * options.Scale, options.OwnInDenominator);
        if (ClassCount > 1 || _ownInDenominator) return;
        Dispose();
        throw new DmlException(
            "loss.ownInDenominator", "at least 2 training classes for proxy-nca, whose denominator is the others", $"{ClassCount}",
            "set it to true or add classes");
    }

    /// <inheritdoc/>
    public override ILossAtCosines At(Tensor cosines, Tensor labels)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return SoftmaxAtCosines.FromLogits(_logitScale, Denominator(cosines * _logitScale, labels), labels);
    }

    /// <inheritdoc/>
    public override ICosineCurvature? CurvatureAt(Tensor cosines, Tensor labels)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return SoftmaxCurvature.FromLogits(_logitScale, Denominator(cosines * _logitScale, labels), labels);
    }

    /// <summary>The constant -2 s^2 of every -D_ic cancels.</summary>
    /// <inheritdoc/>
    protected override Tensor LossesAt(Tensor cosines, Tensor labels)
    {
        var logits = cosines * _logitScale;
        return Denominator(logits, labels).logsumexp(1) - logits.gather(1, labels.unsqueeze(1)).squeeze(1);
    }

    /// <summary>(N, C), the logits that the denominator sums: the own class's is minus infinity where it is left out.</summary>
    private Tensor Denominator(Tensor logits, Tensor labels) =>
        _ownInDenominator ? logits : logits.scatter(1, labels.unsqueeze(1), logits.new_full([labels.shape[0], 1], double.NegativeInfinity));
}
