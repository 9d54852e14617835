namespace Dml.Plugins;

/// <summary>Options of the drawn dataset.</summary>
public sealed record GlyphsOptions
{
    /// <summary>Where the images are, or will be drawn to; null for the folder glyphs in the run's work folder. Relative to the config file.</summary>
    public string? Root { get; init; }

    /// <summary>Number of classes to train on.</summary>
    [Range(1, 10000)]
    public int TrainingClasses { get; init; } = 40;

    /// <summary>Number of classes to test on.</summary>
    [Range(1, 10000)]
    public int TestClasses { get; init; } = 30;

    /// <summary>Number of images of each class.</summary>
    [Range(1, 10000)]
    public int SamplesPerClass { get; init; } = 20;

    /// <summary>Width and height of an image in pixels.</summary>
    [Range(16, 256)]
    public int Size { get; init; } = 48;

    /// <summary>What the classes and the drawings are drawn from; null for the run's seed.</summary>
    public long? Seed { get; init; }

    /// <summary>How unlike each other the drawings of a class are: 0 draws all alike, 1 is hard to read.</summary>
    [Range(0, 1)]
    public double Jitter { get; init; } = 0.5;

    /// <summary>Number of classes that share all strokes but one; 1 makes all classes unlike each other.</summary>
    [Range(1, 100)]
    public int FamilySize { get; init; } = 5;

    /// <summary>Most strokes of a class; the least is half of it.</summary>
    [Range(1, 8)]
    public int Strokes { get; init; } = 4;

    /// <summary>Standard deviation of the gray values' noise, in units of black to white.</summary>
    [Range(0, 1)]
    public double Noise { get; init; } = 0.05;
}
