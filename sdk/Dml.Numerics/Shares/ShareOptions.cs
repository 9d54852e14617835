namespace Dml.Numerics;

/// <summary>Whose loss the shares are of.</summary>
public enum ShareBasis
{
    /// <summary>The mean loss of batches, drawn as the training draws them: what training minimises on average.</summary>
    Batches,

    /// <summary>The loss of the whole training set as one batch.</summary>
    Full,
}

/// <summary>Which loss it is whose derivatives in sample weights are the shares of samples; used where a loss is no mean of samples.</summary>
public sealed record ShareOptions
{
    /// <summary>batches: the mean loss of batches drawn as in training. full: the loss of the whole training set as one batch.</summary>
    public ShareBasis Of { get; init; } = ShareBasis.Batches;

    /// <summary>How often each sample of the largest class is drawn; samples of smaller classes come more often.</summary>
    [Range(1, 100000)]
    public int Passes { get; init; } = 8;

    /// <summary>Decides the batches.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; }
}
