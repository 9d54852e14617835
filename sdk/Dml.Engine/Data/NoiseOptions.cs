namespace Dml.Engine.Data;

/// <summary>Deliberate label noise, for testing how well mislabelled samples are found.</summary>
[Options]
internal sealed record NoiseOptions
{
    /// <summary>p: share of the training samples that get a wrong label; 0 for none.</summary>
    [Range(0, 1)]
    public double Share { get; init; }

    /// <summary>Which wrong label they get: shift (y + 5 or y - 5, as the published runs did) or uniform (any other training class alike).</summary>
    public NoiseKind Kind { get; init; } = NoiseKind.Shift;

    /// <summary>What draws them from the run's seed: numpy (NumPy's legacy generator, as the published runs did) or system.</summary>
    public NoiseGenerator Generator { get; init; } = NoiseGenerator.Numpy;

    /// <summary>The training samples that get a wrong label, by their place in the dataset from 0, instead of a draw; null to draw a share.</summary>
    [Range(0, int.MaxValue)]
    public IReadOnlyList<int>? Indices { get; init; }
}
