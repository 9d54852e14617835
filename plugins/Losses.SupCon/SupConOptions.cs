namespace Dml.Plugins;

/// <summary>Options of the supervised contrastive loss.</summary>
public sealed record SupConOptions
{
    /// <summary>tau, what cosines are divided by.</summary>
    [Range(1e-3, 100)]
    public double Temperature { get; init; } = 0.1;
}
