using static TorchSharp.torch;

namespace Dml.TestPlugins;

/// <summary>Is zero everywhere.</summary>
[Plugin("flat")]
public sealed class FlatLoss(LossShape shape) : IMetricLoss
{
    /// <summary>What the host said of the model.</summary>
    public LossShape Shape { get; } = shape;

    /// <inheritdoc/>
    public IReadOnlyList<NamedParameter> Parameters => [];

    /// <inheritdoc/>
    public Tensor PerSample(Tensor embeddings, Tensor labels) => embeddings.sum(1) * 0;

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
