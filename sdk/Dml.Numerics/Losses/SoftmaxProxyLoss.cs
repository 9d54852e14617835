using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// A softmax over classes whose logits come from the cosines with class proxies, <c>l_i = -log softmax_c(z_ic)[y_i]</c>; a subclass gives
/// one method, <see cref="Logits"/>: a temperature, a margin on the own class's logit, the best or the mean of several proxies of a class.
/// Estimators get exact changes and closed derivatives.
/// </summary>
public abstract class SoftmaxProxyLoss : ProxyLoss
{
    /// <inheritdoc cref="ProxyLoss(LossShape, int, double?)"/>
    protected SoftmaxProxyLoss(LossShape shape, int proxiesPerClass = 1, double? deviation = null)
        : base(shape, proxiesPerClass, deviation)
    {
    }

    /// <inheritdoc cref="ProxyLoss(Tensor, int)"/>
    protected SoftmaxProxyLoss(Tensor proxies, int proxiesPerClass = 1)
        : base(proxies, proxiesPerClass)
    {
    }

    /// <summary>
    /// s where every logit is s times its cosine plus a constant (a margin that is subtracted from the own class's logit is one); null, the
    /// default, where it is not. It changes no result beyond rounding and makes changes and derivatives several times faster. Without
    /// effect for several proxies a class.
    /// </summary>
    protected virtual double? LogitSlope => null;

    /// <summary>The logits. The caller opens a dispose scope and keeps the result alone.</summary>
    /// <param name="cosines">(N, C K) cosines between embeddings and proxies, float32 or float64; their dtype rules.</param>
    /// <param name="labels">(N), int64, training class indices.</param>
    /// <returns>
    /// (N, C), dtype of the cosines, differentiable in them. Logit c depends on the cosines with the proxies of class c alone, and on whether
    /// c is the own class; a loss that breaks this overrides <see cref="CurvatureAt"/> with null.
    /// </returns>
    protected abstract Tensor Logits(Tensor cosines, Tensor labels);

    /// <summary>Puts another value in the place of each sample's own class, as margins do. The caller opens a dispose scope.</summary>
    /// <param name="cosines">(N, C), one value a class.</param>
    /// <param name="labels">(N), int64, training class indices.</param>
    /// <param name="own">The new values (N, 1) from those of the own classes (N, 1).</param>
    /// <returns>(N, C), differentiable in the cosines.</returns>
    protected static Tensor WithOwn(Tensor cosines, Tensor labels, Func<Tensor, Tensor> own)
    {
        ArgumentNullException.ThrowIfNull(cosines);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(own);
        var places = labels.unsqueeze(1);
        return cosines.scatter(1, places, own(cosines.gather(1, places)));
    }

    /// <inheritdoc/>
    protected sealed override Tensor LossesAt(Tensor cosines, Tensor labels) =>
        nn.functional.cross_entropy(Logits(cosines, labels), labels, reduction: nn.Reduction.None);

    /// <summary>The exact change, by <see cref="SoftmaxLossChange"/>; of logits that are not linear in the cosines in float64.</summary>
    /// <inheritdoc/>
    public override ILossAtCosines At(Tensor cosines, Tensor labels)
    {
        if (Slope is not { } slope) return new SoftmaxAtLogits(Logits, cosines, labels);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return SoftmaxAtCosines.FromLogits(slope, Logits(cosines, labels), labels);
    }

    /// <summary>The closed form of a softmax; derivatives of logits that are not linear in the cosines are formed automatically, once a block.</summary>
    /// <inheritdoc/>
    public override ICosineCurvature? CurvatureAt(Tensor cosines, Tensor labels)
    {
        if (Slope is not { } slope) return new LogitCurvature(Logits, cosines, labels);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return SoftmaxCurvature.FromLogits(slope, Logits(cosines, labels), labels);
    }

    private double? Slope => ProxiesPerClass == 1 ? LogitSlope : null;
}
