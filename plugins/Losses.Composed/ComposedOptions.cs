namespace Dml.Plugins;

/// <summary>A loss of the sum.</summary>
public sealed record ComposedPart
{
    /// <summary>a, what the loss is multiplied with.</summary>
    [Range(1e-6, 1e6)]
    public double Weight { get; init; } = 1;

    /// <summary>The loss: its name, or an object with its name and its options.</summary>
    public required PluginChoice<IMetricLoss> Loss { get; init; }
}

/// <summary>Options of the weighted sum.</summary>
public sealed record ComposedOptions
{
    /// <summary>The losses that are summed, at least one.</summary>
    public IReadOnlyList<ComposedPart> Parts { get; init; } = [new() { Loss = new("proxy-nca-pp") }, new() { Weight = 0.5, Loss = new("triplet") }];
}
