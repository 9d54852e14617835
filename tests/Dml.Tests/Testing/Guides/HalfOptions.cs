namespace Dml.Plugins;

/// <summary>Options of the halved loss.</summary>
public sealed record HalfOptions
{
    /// <summary>The loss: its name, or an object with its name and its options.</summary>
    public PluginChoice<IMetricLoss> Loss { get; init; } = new("triplet", """{ "margin": 0.1 }""");
}
