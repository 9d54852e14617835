namespace Dml.Plugins;

/// <summary>The output function of a training sample, which TRAK takes to be linear in W.</summary>
public enum TrakOutput
{
    /// <summary>The log odds for a softmax over classes of proxy cosines, else the loss.</summary>
    Auto,

    /// <summary><c>f = log(p / (1 - p))</c> with <c>p = exp(-l)</c>, the probability that a softmax loss gives the own class; a sample weighs 1 - p.</summary>
    LogOdds,

    /// <summary><c>f = -l</c>; every sample weighs 1.</summary>
    Loss,
}

/// <summary>Options of TRAK.</summary>
public sealed record TrakOptions
{
    /// <summary>auto, logOdds or loss: which output function of a sample is linearised. logOdds needs a loss that is never below 0.</summary>
    public TrakOutput Output { get; init; } = TrakOutput.Auto;

    /// <summary>k, numbers that a gradient is projected to.</summary>
    [Range(1, 4096)]
    public int Dimensions { get; init; } = 512;

    /// <summary>Random projections whose scores are averaged.</summary>
    [Range(1, 1000)]
    public int Draws { get; init; } = 4;

    /// <summary>Decides the projections.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; }

    /// <summary>lambda, what is added to the mean kernel matrix of the projected gradients; null for a tenth of its mean eigenvalue. The paper has 0.</summary>
    [Range(0, 1e12)]
    public double? Lambda { get; init; }

    /// <summary>
    /// Whether the checkpoints, which may be other trainings of the same items, and the model are an ensemble, as in the paper: the mean weight times the mean
    /// prediction. Each costs as much as the model alone.
    /// </summary>
    public bool Ensemble { get; init; }
}
