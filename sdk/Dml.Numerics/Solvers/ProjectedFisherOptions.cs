namespace Dml.Numerics;

/// <summary>What <see cref="ProjectedFisherSolver"/> keeps of a gradient.</summary>
public sealed record ProjectedFisherOptions
{
    /// <summary>Most directions of the features, and of the loss gradients, at least 1; a side that has no more is kept whole.</summary>
    public int Rank { get; init; } = 32;

    /// <summary>Which directions.</summary>
    public GradientProjection Projection { get; init; }

    /// <summary>Random projections whose results are averaged, at least 1; without effect on principal directions.</summary>
    public int Draws { get; init; } = 1;

    /// <summary>Decides the random directions.</summary>
    public long Seed { get; init; }

    /// <summary>Added to the projected Fisher matrix, at least 0; null for a tenth of its mean eigenvalue.</summary>
    public double? Lambda { get; init; }
}
