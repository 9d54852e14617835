namespace Dml.Numerics;

/// <summary>When a descent by L-BFGS stops, and how it begins.</summary>
public sealed record LbfgsOptions
{
    /// <summary>It ends where the slope's norm is at most this share of the first one's; above 0.</summary>
    public double Residual { get; init; } = 1e-6;

    /// <summary>Most steps, at least 1.</summary>
    public int Iterations { get; init; } = 1000;

    /// <summary>Curvature that the first step takes the function to have, above 0; later ones know better.</summary>
    public double Curvature { get; init; } = 1;

    /// <summary>Steps that are remembered, at least 1: two tensors of the size of what is sought for each.</summary>
    public int Memory { get; init; } = 10;
}
