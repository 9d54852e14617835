using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Squared distance to a trained centre of the class.</summary>
[Plugin("near-centre")]
public sealed class NearCentreLoss(LossShape shape) : IMetricLoss
{
    private readonly Parameter _centres = nn.Parameter(randn([shape.ClassCount, shape.EmbeddingSize], dtype: shape.Dtype, device: shape.Device));
    public IReadOnlyList<NamedParameter> Parameters => [new("centres", _centres)];
    public void Dispose() => _centres.Dispose();
    public Tensor PerSample(Tensor embeddings, Tensor labels)
    {
        using var scope = NewDisposeScope();
        return (embeddings - _centres.to(embeddings.dtype).index_select(0, labels)).square().sum(1).MoveToOuterDisposeScope();
    }
}
