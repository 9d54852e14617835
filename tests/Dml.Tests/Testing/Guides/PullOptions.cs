namespace Dml.Plugins;

/// <summary>Options of the loss.</summary>
public sealed record PullOptions
{
    /// <summary>s, what cosines are multiplied with.</summary>
    [Range(0.001, 1000)]
    public double Scale { get; init; } = 20;
}
