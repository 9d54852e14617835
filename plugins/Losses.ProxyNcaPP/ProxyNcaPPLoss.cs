using Dml.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// ProxyNCA++ (Teh, DeVries, Taylor, ECCV 2020): <c>l_i = -log softmax_c(-D_i)[y_i]</c> over all classes, the positive one included,
/// with <c>D_ic = 2 s^2 (1 - cos_ic)</c>, the squared distance between embedding and proxy, both scaled to length s. Proxies start as N(0, 1) / 8.
/// </summary>
[Plugin("proxy-nca-pp")]
public sealed class ProxyNcaPPLoss(ProxyNcaPPOptions options, LossShape shape) : IProxyLoss
{
    private readonly double _logitScale = 2 * options.Scale * options.Scale;

    /// <summary>(C, E), one raw proxy a class.</summary>
    public Parameter Proxies { get; } = nn.Parameter(randn([shape.ClassCount, shape.EmbeddingSize], dtype: shape.Dtype, device: shape.Device) / 8);

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
        // The constant -2 s^2 of every -D_ic cancels in the softmax.
        using var scope = NewDisposeScope();
        return nn.functional.cross_entropy(cosines * _logitScale, labels, reduction: nn.Reduction.None).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public ILossAtCosines At(Tensor cosines, Tensor labels) => new SoftmaxAtCosines(_logitScale, cosines, labels);

    /// <inheritdoc/>
    public ICosineCurvature? CurvatureAt(Tensor cosines, Tensor labels) => new SoftmaxCurvature(_logitScale, cosines, labels);

    /// <inheritdoc/>
    public void Dispose() => Proxies.Dispose();
}
