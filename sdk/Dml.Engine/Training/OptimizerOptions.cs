namespace Dml.Engine.Training;

/// <summary>Adam or AdamW with a learning rate for each part of the model.</summary>
[Options]
internal sealed record OptimizerOptions
{
    /// <summary>adam (weight decay is added to the gradient) or adamW (it shrinks the weights directly).</summary>
    public OptimizerKind Kind { get; init; } = OptimizerKind.Adam;

    /// <summary>Learning rate of the backbone.</summary>
    [Range(0, 1e6)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Learning rate of the linear head.</summary>
    [Range(0, 1e6)]
    public double HeadLearningRate { get; init; } = 1e-3;

    /// <summary>Learning rate of the loss's own parameters, such as proxies.</summary>
    [Range(0, 1e6)]
    public double ProxyLearningRate { get; init; } = 1e-2;

    /// <summary>Decay of the running mean of gradients.</summary>
    [Range(0, 0.999999)]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the running mean of squared gradients.</summary>
    [Range(0, 0.999999)]
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the squared gradients' mean; the published recipes use 1.</summary>
    [Range(0, 1e6)]
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Weight decay of every part that has none of its own.</summary>
    [Range(0, 1e6)]
    public double WeightDecay { get; init; }

    /// <summary>Weight decay of the linear head; null for weightDecay.</summary>
    [Range(0, 1e6)]
    public double? HeadWeightDecay { get; init; }

    /// <summary>Weight decay of the loss's own parameters; null for weightDecay.</summary>
    [Range(0, 1e6)]
    public double? ProxyWeightDecay { get; init; }
}
