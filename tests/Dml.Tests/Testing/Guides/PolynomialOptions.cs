namespace Dml.Plugins;

/// <summary>Options of the polynomial decay.</summary>
public sealed record PolynomialOptions
{
    /// <summary>Power of the remaining share of the epochs.</summary>
    [Range(0.1, 10)]
    public double Power { get; init; } = 0.9;
}
