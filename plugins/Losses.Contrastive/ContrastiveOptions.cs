namespace Dml.Plugins;

/// <summary>Options of the contrastive loss.</summary>
public sealed record ContrastiveOptions
{
    /// <summary>The distance within which positives cost nothing.</summary>
    [Range(0, 2)]
    public double PositiveMargin { get; init; }

    /// <summary>The distance beyond which negatives cost nothing.</summary>
    [Range(0, 2)]
    public double NegativeMargin { get; init; } = 1;

    /// <summary>Whether what a pair exceeds its margin by is squared, as published, or counts as it is.</summary>
    public bool Squared { get; init; } = true;
}
