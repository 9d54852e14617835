namespace Dml.Plugins;

/// <summary>Options of ArcFace; the paper's values are the defaults.</summary>
public sealed record ArcFaceOptions
{
    /// <summary>s, what cosines are multiplied with.</summary>
    [Range(1e-3, 1000)]
    public double Scale { get; init; } = 64;

    /// <summary>m, the angle in radians by which the own class's proxy is moved away; 0.5 are 28.6 degrees.</summary>
    [Range(0, 1.5)]
    public double Margin { get; init; } = 0.5;
}
