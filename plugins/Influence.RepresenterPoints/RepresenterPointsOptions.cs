namespace Dml.Plugins;

/// <summary>Options of representer points.</summary>
public sealed record RepresenterPointsOptions
{
    /// <summary>
    /// The pull back to the run's head, whose loss is <c>lambda / 2 ||W - W_0||^2</c>. A retraining of some plain steps is like one of
    /// <c>lambda = 1 / (steps x rate)</c>: the less it is, the farther the head goes. null for 5, or tenfold as often as it takes until the head comes to
    /// rest, which results say.
    /// </summary>
    [Range(1e-9, 1e9)]
    public double? Lambda { get; init; }

    /// <summary>The head is fitted until the gradient is at most this share of the one that it began with.</summary>
    [Range(1e-12, 0.1)]
    public double Residual { get; init; } = 1e-6;

    /// <summary>Most steps of the fit, each one pass over the training samples or a few.</summary>
    [Range(1, 100_000)]
    public int Iterations { get; init; } = 1000;
}
