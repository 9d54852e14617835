namespace Dml.TestPlugins;

/// <summary>Noise on pixels.</summary>
[Options]
public sealed record NoiseOptions
{
    /// <summary>Standard deviation for pixels in [0, 1].</summary>
    [Range(0, 1)]
    public double Std { get; init; } = 0.05;
}
