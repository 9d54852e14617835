using Dml.Numerics;

namespace Dml.Plugins;

/// <summary>Which computation follows the training losses.</summary>
public enum EifPath
{
    /// <summary>Fast for a loss of proxy cosines, general for any other.</summary>
    Auto,

    /// <summary>From cached cosines and r-dimensional cross-products; needs a loss of proxy cosines.</summary>
    Fast,

    /// <summary>Embeds every sample with theta' and evaluates the loss, in float64.</summary>
    General,
}

/// <summary>Options of the empirical influence function.</summary>
public sealed record EifOptions
{
    /// <summary>Most updates of a walk.</summary>
    [Range(1, 100000)]
    public int Steps { get; init; } = 50;

    /// <summary>Step size of an update of W; above 0.</summary>
    [Range(1e-12, 1000)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>1: ascent only; 2: the mean of ascent and descent.</summary>
    [Range(1, 2)]
    public int Directions { get; init; } = 2;

    /// <summary>A walk ends once d, which lies in [0, 4], has changed by this much; above 0.</summary>
    [Range(1e-12, 4)]
    public double StopAt { get; init; } = 1;

    /// <summary>auto, fast or general: how losses at theta' are computed.</summary>
    public EifPath Path { get; init; } = EifPath.Auto;

    /// <summary>
    /// For a loss that is no mean of samples: whose loss the samples' shares are of. of: batches as in training, each sample of the largest class drawn
    /// passes times, or full, the whole training set as one batch; seed decides the draws.
    /// </summary>
    public ShareOptions Shares { get; init; } = new();
}
