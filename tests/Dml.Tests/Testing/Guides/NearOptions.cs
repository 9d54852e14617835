namespace Dml.Plugins;

/// <summary>Options of the miner of near pairs.</summary>
public sealed record NearOptions
{
    /// <summary>The cosine above which a negative counts.</summary>
    [Range(-1, 1)]
    public double Cosine { get; init; } = 0.3;
}
