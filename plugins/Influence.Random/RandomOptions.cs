namespace Dml.Plugins;

/// <summary>Options of random scores.</summary>
public sealed record RandomOptions
{
    /// <summary>Another seed gives other scores.</summary>
    [Range(0, 2147483647)]
    public int Seed { get; init; }
}
