namespace Dml.Engine;

/// <summary>How a head is trained further with reweighted samples; the published numbers are the defaults.</summary>
public sealed record HeadRetrainingOptions
{
    /// <summary>Learning rate of W.</summary>
    [Range(0, 1e6)]
    public double LearningRate { get; init; } = 4e-5;

    /// <summary>Decay of Adam's running mean of gradients.</summary>
    [Range(0, 0.999999)]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of Adam's running mean of squared gradients.</summary>
    [Range(0, 0.999999)]
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the squared gradients' mean.</summary>
    [Range(0, 1e6)]
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Gradient values are clipped to plus or minus this; null for no clipping.</summary>
    [Range(0, 1e6)]
    public double? GradientClip { get; init; } = 10;

    /// <summary>Epochs of class-balanced batches.</summary>
    [Range(0, 1000000)]
    public int Epochs { get; init; } = 1;

    /// <summary>Classes in a batch.</summary>
    [Range(1, 1000000)]
    public int BatchClasses { get; init; } = 8;

    /// <summary>Samples of each class in a batch.</summary>
    [Range(1, 1000000)]
    public int BatchImages { get; init; } = 4;

    /// <summary>Weight of a helpful sample.</summary>
    [Range(0, 1e6)]
    public double HelpfulWeight { get; init; } = 2;

    /// <summary>Weight of a harmful sample.</summary>
    [Range(0, 1e6)]
    public double HarmfulWeight { get; init; }
}
