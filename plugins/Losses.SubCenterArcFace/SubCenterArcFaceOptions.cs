namespace Dml.Plugins;

/// <summary>Options of sub-centre ArcFace; the paper's values are the defaults.</summary>
public sealed record SubCenterArcFaceOptions
{
    /// <summary>K, the number of centres of a class.</summary>
    [Range(1, 10000)]
    public int Centers { get; init; } = 3;

    /// <summary>s, what cosines are multiplied with.</summary>
    [Range(1e-3, 1000)]
    public double Scale { get; init; } = 64;

    /// <summary>m, the angle in radians by which the own class's nearest centre is moved away; 0.5 are 28.6 degrees.</summary>
    [Range(0, 1.5)]
    public double Margin { get; init; } = 0.5;
}
