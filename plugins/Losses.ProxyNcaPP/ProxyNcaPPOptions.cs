namespace Dml.Plugins;

/// <summary>Options of ProxyNCA++.</summary>
public sealed record ProxyNcaPPOptions
{
    /// <summary>s, the length that embeddings and proxies are scaled to; the temperature is 1 / s^2.</summary>
    [Range(1e-3, 1000)]
    public double Scale { get; init; } = 3;
}
