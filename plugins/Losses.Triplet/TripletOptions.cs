namespace Dml.Plugins;

/// <summary>Which triplets of a batch count.</summary>
public enum TripletMining
{
    /// <summary>All of them.</summary>
    All,

    /// <summary>For each anchor its farthest positive with its nearest negative.</summary>
    Hard,

    /// <summary>Those whose negative is farther than the positive, but by less than the margin.</summary>
    SemiHard,
}

/// <summary>Options of the triplet loss.</summary>
public sealed record TripletOptions
{
    /// <summary>all, hard or semiHard: which triplets of a batch count.</summary>
    public TripletMining Mining { get; init; } = TripletMining.All;

    /// <summary>How much farther than the positive the negative shall be.</summary>
    [Range(0, 4)]
    public double Margin { get; init; } = 0.2;

    /// <summary>Whether softplus takes the place of the hinge.</summary>
    public bool Soft { get; init; }

    /// <summary>Whether distances are squared.</summary>
    public bool Squared { get; init; }
}
