namespace Dml;

/// <summary>
/// A training of the head's W, and of the proxies if they move, on cached features. It draws nothing but its batches, which follow from a seed, so that it
/// can be replayed step by step.
/// </summary>
public sealed record HeadTraining
{
    /// <summary>Adam's usual epsilon.</summary>
    public const double DefaultEpsilon = 1e-8;

    /// <summary>How a step follows from a gradient.</summary>
    public HeadOptimizer Optimizer { get; init; } = HeadOptimizer.Sgd;

    /// <summary>Updates.</summary>
    public int Steps { get; init; } = 50;

    /// <summary>
    /// Samples of an update, drawn at random; as many as there are, or more, for all of them each time. null for 512, or for a loss that is no mean of
    /// samples for batches as the model's training draws them.
    /// </summary>
    public int? Batch { get; init; }

    /// <summary>Decides the batches, of the first order where there are several.</summary>
    public int Seed { get; init; }

    /// <summary>
    /// Orders of batches, from seeds counted up from the first: what is asked about is then the mean of as many trainings, which all begin alike.
    /// </summary>
    public int Orders { get; init; } = 1;

    /// <summary>
    /// Seed of what the training begins with: a W, and proxies if they move, that are drawn anew, the same whatever samples take part; null to go on from
    /// the model's. The bias, and proxies that do not move, are the model's in any case.
    /// </summary>
    public int? FreshSeed { get; init; }

    /// <summary>Step size of W.</summary>
    public double LearningRate { get; init; } = 0.001;

    /// <summary>Step size of the proxies; null for that of W.</summary>
    public double? ProxyLearningRate { get; init; }

    /// <summary>Whether the proxies are trained too; else they stay as they are.</summary>
    public bool MovesProxies { get; init; }

    /// <summary>What is kept of the last step's direction by plain steps, 0 to below 1.</summary>
    public double Momentum { get; init; }

    /// <summary>Pull of parameters towards 0.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Adam's memory of gradients.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Adam's memory of squared gradients.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>
    /// What Adam adds to the root that it divides by. Where gradients are smaller than this a step is proportional to its gradient; where they are larger, to
    /// the gradient's sign, which has no derivative.
    /// </summary>
    public double Epsilon { get; init; } = DefaultEpsilon;
}
