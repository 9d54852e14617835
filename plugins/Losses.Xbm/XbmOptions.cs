namespace Dml.Plugins;

/// <summary>Options of the cross-batch memory; the values of the published code are the defaults.</summary>
public sealed record XbmOptions
{
    /// <summary>The loss of pairs: its name, or an object with its name and its options.</summary>
    public PluginChoice<IMetricLoss> Loss { get; init; } = new("contrastive");

    /// <summary>M, how many of the last embeddings are remembered; at least a batch, at best the training set.</summary>
    [Range(1, 100000000)]
    public int Size { get; init; } = 8192;

    /// <summary>Steps of the training that pass before anything is remembered, while embeddings still move fast.</summary>
    [Range(0, int.MaxValue)]
    public int WarmUp { get; init; } = 1000;

    /// <summary>What the loss against the memory is multiplied with before it is added to that of the batch.</summary>
    [Range(0, 1000)]
    public double Weight { get; init; } = 1;
}
