using Dml.Numerics;
using TorchSharp.Modules;
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
public sealed class SoftTripleLoss(SoftTripleOptions options, LossShape shape) : IProxyLoss
{
    /// <summary>Under the root of the regulariser: the slope of the root of 0 is infinite.</summary>
    private const double RootGuard = 1e-5;

    private readonly SoftTripleOptions _options = options;
    private readonly long _classes = shape.ClassCount;

    /// <summary>(C K, E), raw centres; row c K + k is centre k of class c.</summary>
    public Parameter Proxies { get; } = nn.Parameter(
        randn([(long)shape.ClassCount * options.Centers, shape.EmbeddingSize], dtype: shape.Dtype, device: shape.Device)
        * Math.Sqrt(2.0 / ((long)shape.ClassCount * options.Centers)));

    /// <inheritdoc/>
    public int ProxiesPerClass => _options.Centers;

    /// <inheritdoc/>
    public IReadOnlyList<NamedParameter> Parameters => [new("proxies", Proxies)];

    /// <inheritdoc/>
    public Tensor PerSample(Tensor embeddings, Tensor labels)
    {
        using var scope = NewDisposeScope();
        return FromCosines(UnitRows.Cosines(embeddings, Proxies), labels).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor FromCosines(Tensor cosines, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var logits = WithMargin(Similarities(cosines), labels) * _options.Scale;
        return nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.None).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor? Regularizer()
    {
        var centers = _options.Centers;
        if (centers == 1 || _options.Tau == 0) return null;
        using var scope = NewDisposeScope();
        var unit = UnitRows.Of(Proxies).view(_classes, centers, -1);
        var distances = (2 + RootGuard - (2 * unit.bmm(unit.transpose(1, 2)))).sqrt();
        return (distances.triu(1).sum() * (_options.Tau / (_classes * (double)centers * (centers - 1)))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public ILossAtCosines At(Tensor cosines, Tensor labels)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var softmax = new SoftmaxAtCosines(_options.Scale, WithMargin(Similarities(cosines), labels), labels);
        return _options.Centers == 1 ? softmax : new SoftTripleAtCosines(softmax, cosines.view(-1, _classes, _options.Centers), _options.Gamma);
    }

    /// <inheritdoc/>
    public ICosineCurvature? CurvatureAt(Tensor cosines, Tensor labels)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var softmax = new SoftmaxCurvature(_options.Scale, WithMargin(Similarities(cosines), labels), labels);
        return _options.Centers == 1 ? softmax : new SoftTripleCurvature(softmax, cosines.view(-1, _classes, _options.Centers), _options.Gamma);
    }

    /// <inheritdoc/>
    public void Dispose() => Proxies.Dispose();

    /// <summary>S, (N, C), from cosines (N, C K).</summary>
    private Tensor Similarities(Tensor cosines)
    {
        if (_options.Centers == 1) return cosines;
        var ofClass = cosines.view(-1, _classes, _options.Centers);
        return ((ofClass / _options.Gamma).softmax(2) * ofClass).sum(2);
    }

    private Tensor WithMargin(Tensor similarities, Tensor labels) =>
        similarities - (_options.Margin * nn.functional.one_hot(labels, _classes).to(similarities.dtype));
}
