namespace Dml.Engine;

/// <summary>How changes of the training data are looked for, tried and judged.</summary>
[Options]
public sealed record FixOptions
{
    /// <summary>The estimator that says which samples cause the errors; its scores must have a sign.</summary>
    public string Estimator { get; init; } = "eif";

    /// <summary>A label is suggested when at least this share of the neighbours' votes is for it.</summary>
    [Range(0, 1)]
    public double LeastVote { get; init; } = 0.5;

    /// <summary>Changes are kept when they raise R@1 of the queries that choose by at least this, 0.01 being a point.</summary>
    [Range(0, 1)]
    public double LeastGain { get; init; } = 0.01;

    /// <summary>Retrainings with and without the changes, each pair with an initial head and batches of its own; as many again for judging.</summary>
    [Range(1, 1000)]
    public int Repeats { get; init; } = 4;

    /// <summary>Epochs of a retraining.</summary>
    [Range(1, 1000000)]
    public int Epochs { get; init; } = 24;

    /// <summary>Learning rate of the head, a tenth of it in the last quarter.</summary>
    [Range(0, 1e6)]
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>Learning rate of the loss's parameters.</summary>
    [Range(0, 1e6)]
    public double ProxyLearningRate { get; init; } = 3e-2;

    /// <summary>Augmented views of each training image that the retrainings see in turn; 0, or where there are no images, for the cached features.</summary>
    [Range(0, 1000)]
    public int Views { get; init; } = 8;

    /// <summary>Decides the three parts, the views, the retrainings and the resampling.</summary>
    [Range(0, 1000000000)]
    public int Seed { get; init; }
}
