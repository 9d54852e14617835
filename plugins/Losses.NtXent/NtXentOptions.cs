namespace Dml.Plugins;

/// <summary>Options of NT-Xent.</summary>
public sealed record NtXentOptions
{
    /// <summary>tau, what cosines are divided by.</summary>
    [Range(1e-3, 100)]
    public double Temperature { get; init; } = 0.07;
}
