namespace Dml.Numerics;

/// <summary>When conjugate gradients stop.</summary>
public sealed record ConjugateGradientOptions
{
    /// <summary>lambda, added to the diagonal of H; at least 0. H + lambda I must be positive.</summary>
    public double Lambda { get; init; }

    /// <summary>A target ends at <c>||v - (H + lambda I) h|| / ||v||</c> of at most this, above 0.</summary>
    public double Residual { get; init; } = 1e-3;

    /// <summary>Most iterations, at least 1; a target that ends there says so in its certificate.</summary>
    public int MaxIterations { get; init; } = 200;
}
