using static TorchSharp.torch;

namespace Dml;

/// <summary>One walk of an empirical estimator: theta moved along (+1) or against (-1) the gradient of d.</summary>
/// <param name="Sign">+1 ascent, -1 descent.</param>
/// <param name="Steps">Updates done, at most the configured number.</param>
/// <param name="DeltaDistance">d(theta') - d(theta).</param>
public readonly record struct WalkDirection(int Sign, int Steps, double DeltaDistance);

/// <summary>How one confusion was explained.</summary>
/// <param name="Confusion">The confusion.</param>
/// <param name="Distance">d at the trained theta.</param>
/// <param name="Directions">The walks, in the order ascent, descent; empty for an estimator that does not walk.</param>
/// <param name="Path">Which computation ran, for example <c>fast</c> or <c>general</c>.</param>
public sealed record TargetExplanation(Confusion Confusion, double Distance, IReadOnlyList<WalkDirection> Directions, string Path)
{
    /// <summary>How far the solution of a linear system can be trusted; null for an estimator that solves none.</summary>
    public SolverCertificate? Solver { get; init; }
}

/// <summary>What is known of the solution of <c>(H + lambda I) h = v</c> for one target.</summary>
/// <param name="Solver">For example <c>cg</c>.</param>
/// <param name="Iterations">Iterations done; 0 for a direct solver.</param>
/// <param name="Residual">
/// ||v - (H + lambda I) h|| / ||v||, computed at the end and not from the recursion; null with a reason in <paramref name="Note"/>.
/// </param>
/// <param name="Condition">Estimate of the condition number of H + lambda I; null with a reason in <paramref name="Note"/>.</param>
/// <param name="Note">Why a number is missing, or what else to know; empty for nothing.</param>
public sealed record SolverCertificate(string Solver, int Iterations, double? Residual, double? Condition, string Note);

/// <summary>
/// Influence of every training sample on every confusion. <b>Harm &gt; 0: training on the sample makes the explained error worse</b>;
/// Harm &lt; 0: it helps. The same sign for every estimator, in every file and report.
/// </summary>
/// <param name="Harm">(T, N), row t for <c>Targets[t]</c>; float32 or float64 as the context's precision; finite.</param>
/// <param name="Targets">T explanations in the order of the confusions given.</param>
public sealed record HarmScores(Tensor Harm, IReadOnlyList<TargetExplanation> Targets) : IDisposable
{
    /// <summary>Frees the tensor.</summary>
    public void Dispose() => Harm.Dispose();
}
