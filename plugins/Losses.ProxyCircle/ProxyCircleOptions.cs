namespace Dml.Plugins;

/// <summary>Options of Circle on proxies; the paper's values for fine-grained retrieval are the defaults.</summary>
public sealed record ProxyCircleOptions
{
    /// <summary>gamma, what the squares are multiplied with.</summary>
    [Range(1e-3, 1000)]
    public double Scale { get; init; } = 80;

    /// <summary>m, the relaxation: the decision boundary is a circle of radius m sqrt(2).</summary>
    [Range(0, 1)]
    public double Margin { get; init; } = 0.4;
}
