namespace Dml.Plugins;

/// <summary>Options of SphereFace; the values of the authors' later code are the defaults.</summary>
public sealed record SphereFaceOptions
{
    /// <summary>s, what cosines are multiplied with; the first paper took the embedding's length instead.</summary>
    [Range(1e-3, 1000)]
    public double Scale { get; init; } = 30;

    /// <summary>m, what the angle to the own class's proxy is multiplied with; the first paper's own is 4.</summary>
    [Range(1, 10)]
    public double Margin { get; init; } = 1.5;
}
