namespace Dml.Plugins;

/// <summary>Options of Li-ArcFace; the paper's values are the defaults.</summary>
public sealed record LiArcFaceOptions
{
    /// <summary>s, the logit of an angle of 0.</summary>
    [Range(0.001, 1000)]
    public double Scale { get; init; } = 64;

    /// <summary>m, the angle in radians by which the own class's proxy is moved away.</summary>
    [Range(0, 1.5)]
    public double Margin { get; init; } = 0.45;
}
