namespace Dml.Plugins;

/// <summary>Options of replay: the retraining whose outcome is explained. Give those that you retrain with; a verification gives its own.</summary>
public sealed record ReplayOptions
{
    /// <summary>sgd, adam or adamW.</summary>
    public HeadOptimizer Optimizer { get; init; } = HeadOptimizer.Sgd;

    /// <summary>Updates of the head.</summary>
    [Range(1, 1_000_000)]
    public int Steps { get; init; } = 50;

    /// <summary>Samples of an update; null for 512, or for a loss that is no mean of samples for batches as the training draws them.</summary>
    [Range(1, 1 << 20)]
    public int? Batch { get; init; }

    /// <summary>Step size.</summary>
    [Range(1e-12, 10)]
    public double LearningRate { get; init; } = 0.001;

    /// <summary>What is kept of the last direction by plain steps.</summary>
    [Range(0, 0.9999)]
    public double Momentum { get; init; }

    /// <summary>Pull of the weight towards 0.</summary>
    [Range(0, 1)]
    public double WeightDecay { get; init; }

    /// <summary>What Adam adds to the root that it divides by.</summary>
    [Range(1e-12, 1)]
    public double AdamEpsilon { get; init; } = 1e-8;

    /// <summary>Whether the proxies are trained too.</summary>
    public bool MovesProxies { get; init; }

    /// <summary>Step size of the proxies where they move; null for that of the head.</summary>
    [Range(1e-12, 10)]
    public double? ProxyLearningRate { get; init; }

    /// <summary>
    /// Orders of batches that are averaged over: what is predicted is then the mean training. A verification over several orders gives its own.
    /// </summary>
    [Range(1, 1000)]
    public int Orders { get; init; } = 1;

    /// <summary>
    /// Folds that the samples are dealt into, for retrainings without a share of the samples: each training lacks one of them, and what a sample's weight does
    /// where it is there and where it is gone is brought together as tells best how the trainings came out. It costs as many trainings; about as many as
    /// the share that is left out goes into the whole, or twice as many, are enough. null for one training with all samples.
    /// </summary>
    [Range(3, 1000)]
    public int? Folds { get; init; }

    /// <summary>
    /// Megabytes for states of the trainings and for derivatives that go back through them, half each; of each training two states at
    /// least are held. Less makes states anew more often and takes fewer confusions at a time.
    /// </summary>
    [Range(1, 1 << 20)]
    public int MemoryMegabytes { get; init; } = 1024;

    /// <summary>Whether the head, and the proxies if they move, begin anew, drawn from the seed, instead of going on from the model's.</summary>
    public bool FromScratch { get; init; }

    /// <summary>Decides the first order, and what a training from scratch begins with; further orders follow by counting up.</summary>
    public int Seed { get; init; }
}
