namespace Dml.Host.Data;

/// <summary>Deliberate label noise, for testing how well mislabelled samples are found.</summary>
[Options]
public sealed record NoiseOptions
{
    /// <summary>p: share of the training samples that get a wrong label; 0 for none.</summary>
    [Range(0, 1)]
    public double Share { get; init; }
}
