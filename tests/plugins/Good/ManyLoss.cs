using static TorchSharp.torch;

namespace Dml.TestPlugins;

/// <summary>Is zero everywhere, and shows the options that it was given.</summary>
[Plugin("many")]
public sealed class ManyLoss(ManyOptions options, IPluginFactory plugins) : IMetricLoss
{
    /// <summary>What the host gave it.</summary>
    public ManyOptions Options => options;

    /// <summary>The losses that its options choose.</summary>
    public IReadOnlyDictionary<string, IMetricLoss> Losses { get; } =
        options.Losses.Where(l => l.Value is not null).ToDictionary(l => l.Key, l => plugins.Create(l.Value!));

    /// <inheritdoc/>
    public IReadOnlyList<NamedParameter> Parameters => [];

    /// <inheritdoc/>
    public Tensor PerSample(Tensor embeddings, Tensor labels) => embeddings.sum(1) * 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var loss in Losses.Values) loss.Dispose();
    }
}
