namespace Dml.TestPlugins;

/// <summary>How the stripes are drawn.</summary>
public enum StripePattern
{
    /// <summary>All of one width.</summary>
    Even,

    /// <summary>Wide and narrow ones.</summary>
    Uneven,
}

/// <summary>The options of <see cref="StripesDataset"/>.</summary>
public sealed record StripesOptions
{
    /// <summary>The folder with the images.</summary>
    public required string Folder { get; init; }

    /// <summary>Number of classes.</summary>
    [Range(1, 1000)]
    public int Classes { get; init; } = 10;

    /// <summary>Share of the images that is left out.</summary>
    [Range(0, 0.5)]
    public double HoldOut { get; init; } = 0.1;

    /// <summary>The pattern.</summary>
    public StripePattern Pattern { get; init; } = StripePattern.Even;

    /// <summary>Whether stripes are in colour.</summary>
    public bool Color { get; init; }

    /// <summary>Widths in pixels; one is drawn for each stripe.</summary>
    [Range(1, double.PositiveInfinity)]
    public IReadOnlyList<int> Widths { get; init; } = [2, 4];

    /// <summary>A tint, or null for none.</summary>
    public string? Tint { get; init; }

    /// <summary>Noise on the pixels.</summary>
    public NoiseOptions Noise { get; init; } = new();
}
