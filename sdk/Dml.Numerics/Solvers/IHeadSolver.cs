using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// A symmetric map of the head's weights that stands in the place of <c>(H + lambda I)^-1</c>: what is dear was done when it was made, and many
/// right sides can follow. <see cref="SolutionHarm"/> turns what it gives into harm.
/// </summary>
public interface IHeadSolver : IDisposable
{
    /// <summary>Maps some targets; the result of one does not depend on the others but for rounding.</summary>
    /// <param name="rightSides">v = dd/dW, (T, E, D), float32 or float64, contiguous; not changed.</param>
    /// <param name="cancellationToken">Stops it between blocks of samples.</param>
    /// <returns>h, (T, E, D), dtype of the right sides, and a certificate a target, whose note says what was solved.</returns>
    LinearSolutions Solve(Tensor rightSides, CancellationToken cancellationToken = default);
}
