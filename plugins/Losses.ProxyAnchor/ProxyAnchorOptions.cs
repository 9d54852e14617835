namespace Dml.Plugins;

/// <summary>Options of Proxy Anchor; the paper's values are the defaults.</summary>
public sealed record ProxyAnchorOptions
{
    /// <summary>alpha, what cosines are multiplied with.</summary>
    [Range(1e-3, 1000)]
    public double Scale { get; init; } = 32;

    /// <summary>delta, the margin: a positive shall be closer than this cosine, a negative farther than minus this cosine.</summary>
    [Range(0, 2)]
    public double Margin { get; init; } = 0.1;
}
