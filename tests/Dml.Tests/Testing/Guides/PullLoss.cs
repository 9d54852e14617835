using Dml.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Pulls an embedding to its proxy: <c>l_i = s (1 - cos_iy)</c>.</summary>
[Plugin("pull")]
public sealed class PullLoss(PullOptions options, LossShape shape) : IProxyLoss
{
    /// <summary>(C, E).</summary>
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
        return ((1 - cosines.gather(1, labels.unsqueeze(1)).squeeze(1)) * options.Scale).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => Proxies.Dispose();
}
