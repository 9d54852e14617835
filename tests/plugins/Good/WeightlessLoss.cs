using static TorchSharp.torch;

namespace Dml.TestPlugins;

/// <summary>Pairs of a batch, all of them, whatever their samples weigh.</summary>
[Plugin("weightless")]
public sealed class WeightlessLoss : IMetricLoss
{
    /// <inheritdoc/>
    public IReadOnlyList<NamedParameter> Parameters => [];

    /// <inheritdoc/>
    public bool IsMeanOfSamples => false;

    /// <inheritdoc/>
    public Tensor PerSample(Tensor embeddings, Tensor labels)
    {
        using var scope = NewDisposeScope();
        return (embeddings.sum(1) * 0).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor BatchLoss(Tensor embeddings, Tensor labels, Tensor? weights = null)
    {
        using var scope = NewDisposeScope();
        var unit = nn.functional.normalize(embeddings, dim: 1);
        var same = labels.unsqueeze(0).eq(labels.unsqueeze(1)).to(embeddings.dtype);
        return ((1 - (2 * same)) * unit.mm(unit.t())).mean().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
