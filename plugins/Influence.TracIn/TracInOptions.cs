using Dml.Numerics;

namespace Dml.Plugins;

/// <summary>Options of TracIn.</summary>
public sealed record TracInOptions
{
    /// <summary>eta, the learning rate that each checkpoint's product is multiplied with; it scales all scores alike.</summary>
    [Range(1e-12, 1e6)]
    public double LearningRate { get; init; } = 1;

    /// <summary>
    /// eta of each checkpoint, oldest first, and of the trained model last: the learning rates at which they were trained on. It takes the place of
    /// learningRate.
    /// </summary>
    public IReadOnlyList<double>? Rates { get; init; }

    /// <summary>
    /// For a loss that is no mean of samples: whose loss the samples' shares are of. of: batches as in training, each sample of the largest class drawn
    /// passes times, or full, the whole training set as one batch; seed decides the draws.
    /// </summary>
    public ShareOptions Shares { get; init; } = new();
}
