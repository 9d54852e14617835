namespace Dml.Plugins;

/// <summary>Options of the sampler by class sizes.</summary>
public sealed record PowerSamplerOptions
{
    /// <summary>Power of a class's size that its chance follows: 0 for all classes alike, 1 for all samples alike.</summary>
    [Range(0, 1)]
    public double Power { get; init; } = 0.5;
}
