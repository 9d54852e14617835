using static TorchSharp.torch;

namespace Dml.TestPlugins;

/// <summary>Triplets of a batch, all of them: a sample alone makes none, so its own value is 0.</summary>
[Plugin("triplet")]
public sealed class TripletLoss : IMetricLoss
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
        var counts = weights ?? ones_like(embeddings.select(1, 0));
        var unit = nn.functional.normalize(embeddings, dim: 1);
        var cosines = unit.mm(unit.t());
        var same = labels.unsqueeze(0).eq(labels.unsqueeze(1));
        var positive = same.logical_and(eye(labels.shape[0], dtype: @bool).logical_not()).to(embeddings.dtype) * counts.unsqueeze(0);
        var negative = same.logical_not().to(embeddings.dtype) * counts.unsqueeze(0);
        var violations = nn.functional.relu(cosines.unsqueeze(1) - cosines.unsqueeze(2) + 0.2);
        var all = counts.unsqueeze(1).unsqueeze(2) * positive.unsqueeze(2) * negative.unsqueeze(1);
        return ((violations * all).sum() / all.sum().clamp_min(1e-12)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
