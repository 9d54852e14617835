namespace Dml.Plugins;

/// <summary>Options of Proxy NCA; the paper's values are the defaults.</summary>
public sealed record ProxyNcaOptions
{
    /// <summary>s, the length that embeddings and proxies are scaled to; the temperature is 1 / s^2.</summary>
    [Range(1e-3, 1000)]
    public double Scale { get; init; } = 1;

    /// <summary>Whether the own class stands in the denominator too: false in the paper, true in ProxyNCA++ and in many libraries.</summary>
    public bool OwnInDenominator { get; init; }
}
