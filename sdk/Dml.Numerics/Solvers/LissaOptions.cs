namespace Dml.Numerics;

/// <summary>The two numbers of the published recursion.</summary>
public sealed record LissaOptions
{
    /// <summary>What is taken off h at each sample, from 0 up to but not including 1: it forgets with 1 - damping a step.</summary>
    public double Damping { get; init; } = 0.01;

    /// <summary>What Hessians are divided by, above 0; 500 is the published one, null takes <see cref="Lissa.LeastScale"/>.</summary>
    public double? Scale { get; init; }
}
