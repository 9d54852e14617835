namespace Dml.Host.Training;

/// <summary>How a model is trained.</summary>
[Options]
public sealed record TrainingOptions
{
    /// <summary>Epochs of the main run, after the warm-up.</summary>
    [Range(0, 1000000)]
    public int Epochs { get; init; } = 15;

    /// <summary>Epochs before the main run in which the backbone's weights stand still (its batch-norm statistics move); with an optimiser of their own.</summary>
    [Range(0, 1000000)]
    public int WarmUpEpochs { get; init; }

    /// <summary>Classes in a batch.</summary>
    [Range(1, 1000000)]
    public int BatchClasses { get; init; } = 8;

    /// <summary>Images of each class in a batch.</summary>
    [Range(1, 1000000)]
    public int BatchImages { get; init; } = 4;

    /// <summary>E, the number of dimensions of an embedding.</summary>
    [Range(1, 65536)]
    public int EmbeddingSize { get; init; } = 64;

    /// <summary>The optimiser's numbers.</summary>
    public OptimizerOptions Optimizer { get; init; } = new();

    /// <summary>Gradient values of backbone and head (not of the proxies) are clipped to plus or minus this; null for no clipping.</summary>
    [Range(0, 1e6)]
    public double? GradientClip { get; init; } = 10;

    /// <summary>Epochs of the main run, counted from 0, from which on all learning rates are multiplied by gamma once more.</summary>
    [Range(0, 1000000)]
    public IReadOnlyList<int> Milestones { get; init; } = [];

    /// <summary>Factor on the learning rates at each milestone.</summary>
    [Range(0, 1)]
    public double Gamma { get; init; } = 0.1;

    /// <summary>Factor on the learning rates in an epoch of the main run.</summary>
    /// <param name="epoch">Counted from 0.</param>
    internal double RateFactor(int epoch) => Math.Pow(Gamma, Milestones.Count(m => m <= epoch));
}
