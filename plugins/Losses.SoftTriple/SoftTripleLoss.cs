using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// SoftTriple (Qian et al., ICCV 2019): K centres a class, <c>S_ic = sum_k q_ick cos_ick</c> with <c>q = softmax_k(cos_ick / gamma)</c>,
/// and <c>l_i = -log softmax_c(lambda (S_ic - delta [c = y_i]))[y_i]</c>. Centres start as N(0, 2 / (C K)).
/// </summary>
/// <remarks>
/// The paper's regulariser for an adaptive number of centres draws those of a class together:
/// <c>tau / (C K (K - 1)) sum_c sum_{k &lt; k'} sqrt(2 + 1e-5 - 2 n(w_ck) . n(w_ck'))</c> (numerics, section 2).
/// </remarks>
[Plugin("softtriple")]
public sealed class SoftTripleLoss(SoftTripleOptions options, LossShape shape) : SoftmaxProxyLoss(shape, options.Centers)
{
    /// <summary>Under the root of the regulariser: the slope of the root of 0 is infinite.</summary>
    private const double RootGuard = 1e-5;

    private readonly SoftTripleOptions _options = options;

    /// <summary>With one centre the similarity is the cosine; the margin is a constant.</summary>
    /// <inheritdoc/>
    protected override double? LogitSlope => _options.Scale;

    /// <inheritdoc/>
    public override Tensor? Regularizer()
    {
        var centers = _options.Centers;
        if (centers == 1 || _options.Tau == 0) return null;
        using var scope = NewDisposeScope();
        var unit = UnitRows.Of(Proxies).view(ClassCount, centers, -1);
        var distances = (2 + RootGuard - (2 * unit.bmm(unit.transpose(1, 2)))).sqrt();
        return (distances.triu(1).sum() * (_options.Tau / (ClassCount * (double)centers * (centers - 1)))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override ILossAtCosines At(Tensor cosines, Tensor labels)
    {
        if (_options.Centers == 1) return base.At(cosines, labels);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var softmax = SoftmaxAtCosines.FromLogits(_options.Scale, Logits(cosines, labels), labels);
        return new SoftTripleAtCosines(softmax, OfClasses(cosines), _options.Gamma);
    }

    /// <inheritdoc/>
    public override ICosineCurvature? CurvatureAt(Tensor cosines, Tensor labels)
    {
        if (_options.Centers == 1) return base.CurvatureAt(cosines, labels);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var softmax = SoftmaxCurvature.FromLogits(_options.Scale, Logits(cosines, labels), labels);
        return new SoftTripleCurvature(softmax, OfClasses(cosines), _options.Gamma);
    }

    /// <inheritdoc/>
    protected override Tensor Logits(Tensor cosines, Tensor labels)
    {
        var similarities = _options.Centers == 1 ? cosines : ((OfClasses(cosines) / _options.Gamma).softmax(2) * OfClasses(cosines)).sum(2);
        return (similarities - (_options.Margin * nn.functional.one_hot(labels, ClassCount).to(similarities.dtype))) * _options.Scale;
    }

    /// <summary>(N, C, K).</summary>
    private Tensor OfClasses(Tensor cosines) => cosines.view(-1, ClassCount, ProxiesPerClass);
}
