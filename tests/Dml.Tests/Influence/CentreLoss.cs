using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Tests.Influence;

/// <summary>Squared Euclidean distance to the class's centre: a loss that cosines say nothing of.</summary>
internal sealed class CentreLoss(LossShape shape) : IMetricLoss
{
    private readonly Parameter _centres = nn.Parameter(randn([shape.ClassCount, shape.EmbeddingSize], dtype: shape.Dtype));

    public IReadOnlyList<NamedParameter> Parameters => [new("centres", _centres)];

    public Tensor PerSample(Tensor embeddings, Tensor labels)
    {
        using var scope = NewDisposeScope();
        return (embeddings - _centres.to(embeddings.dtype).index_select(0, labels)).square().sum(1).MoveToOuterDisposeScope();
    }

    public void Dispose() => _centres.Dispose();
}
