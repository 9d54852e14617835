namespace Dml.Plugins;

/// <summary>Options of CosFace; the paper's values are the defaults.</summary>
public sealed record CosFaceOptions
{
    /// <summary>s, what cosines are multiplied with.</summary>
    [Range(1e-3, 1000)]
    public double Scale { get; init; } = 64;

    /// <summary>m, what is taken from the cosine with the own class.</summary>
    [Range(0, 2)]
    public double Margin { get; init; } = 0.35;
}
