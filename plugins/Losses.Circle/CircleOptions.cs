namespace Dml.Plugins;

/// <summary>Options of the circle loss; the paper's values for retrieval are the defaults.</summary>
public sealed record CircleOptions
{
    /// <summary>m, the relaxation: positives are pulled to a cosine of 1 - m and beyond, negatives pushed to m and below.</summary>
    [Range(0, 1)]
    public double Margin { get; init; } = 0.4;

    /// <summary>gamma, what the weighted cosines are multiplied with.</summary>
    [Range(1e-3, 10000)]
    public double Scale { get; init; } = 80;
}
