using Dml.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Samples;

/// <summary>
/// Normalised softmax (Zhai, Wu, BMVC 2019) with the margin of CosFace (Wang et al., CVPR 2018, equation 4):
/// <c>l_i = -log softmax_c(s (cos_ic - m [c = y_i]))[y_i]</c>. Proxies start as N(0, 1).
/// </summary>
/// <param name="options">Scale and margin.</param>
/// <param name="shape">Number of classes, embedding size, dtype and device.</param>
[Plugin("norm-softmax")]
public sealed class NormSoftmaxLoss(NormSoftmaxOptions options, LossShape shape) : IProxyLoss
{
    /// <summary>(C, E), one raw proxy a class.</summary>
    public Parameter Proxies { get; } = nn.Parameter(randn([shape.ClassCount, shape.EmbeddingSize], dtype: shape.Dtype, device: shape.Device));

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
        return nn.functional.cross_entropy(Logits(cosines, labels), labels, reduction: nn.Reduction.None).MoveToOuterDisposeScope();
    }

    /// <summary>The exact change: the margin is constant, so logits move by s times the cosines' move.</summary>
    /// <inheritdoc/>
    public ILossAtCosines At(Tensor cosines, Tensor labels)
    {
        using var scope = NewDisposeScope();
        return new LossAtCosines(options.Scale, new SoftmaxLossChange(Logits(cosines, labels), labels));
    }

    /// <inheritdoc/>
    public void Dispose() => Proxies.Dispose();

    private Tensor Logits(Tensor cosines, Tensor labels)
    {
        if (options.Margin == 0) return cosines * options.Scale;
        var own = nn.functional.one_hot(labels, cosines.shape[1]).to(cosines.dtype);
        return (cosines - (options.Margin * own)) * options.Scale;
    }

    private sealed class LossAtCosines(double scale, SoftmaxLossChange softmax) : ILossAtCosines
    {
        public Tensor Change(Tensor cosineChange)
        {
            using var scope = NewDisposeScope();
            return softmax.Change(cosineChange * scale).MoveToOuterDisposeScope();
        }

        public void Dispose() => softmax.Dispose();
    }
}
