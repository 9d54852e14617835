namespace Dml.Plugins;

/// <summary>Options of the normalised softmax; the paper's value is the default.</summary>
public sealed record NormSoftmaxOptions
{
    /// <summary>sigma, the temperature that cosines are divided by.</summary>
    [Range(1e-3, 1000)]
    public double Temperature { get; init; } = 0.05;
}
