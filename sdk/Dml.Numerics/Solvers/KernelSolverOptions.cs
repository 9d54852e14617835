namespace Dml.Numerics;

/// <summary>TRAK's projections.</summary>
public sealed record KernelSolverOptions
{
    /// <summary>k, numbers that are kept of a gradient, from 1 to <see cref="DenseSolver.MostRows"/>.</summary>
    public int Dimensions { get; init; } = 512;

    /// <summary>Projections whose results are averaged, at least 1.</summary>
    public int Draws { get; init; } = 1;

    /// <summary>Decides the projections.</summary>
    public long Seed { get; init; }

    /// <summary>Added to the kernel matrix, at least 0; null for a tenth of its mean eigenvalue.</summary>
    public double? Lambda { get; init; }
}
