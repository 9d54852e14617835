using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary><c>(H + lambda I) h = v</c> by the eigenvalues of the whole of H in float64: the yardstick of the other solvers.</summary>
public sealed class DenseSolver : IDisposable
{
    /// <summary>Rows up to which a matrix is worth it: 128 MiB, and some seconds for the eigenvalues.</summary>
    public const long MostRows = 4096;

    private readonly Tensor _values;
    private readonly Tensor _vectors;

    /// <summary>Decomposes a matrix, which may be disposed of afterwards.</summary>
    /// <param name="matrix">H, (n, n), float64, symmetric; <see cref="HeadHessian.ToMatrix"/> gives that of a head.</param>
    /// <param name="lambda">Added to its diagonal.</param>
    /// <exception cref="ArgumentException">The matrix is not square or not float64.</exception>
    /// <exception cref="SolverException">H + lambda I has no inverse.</exception>
    public DenseSolver(Tensor matrix, double lambda) : this(matrix, least => new(lambda, lambda, least))
    {
    }

    private DenseSolver(Tensor matrix, Func<double, PositiveDamping> damping)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        if (matrix.dim() != 2 || matrix.shape[0] != matrix.shape[1] || matrix.dtype != float64)
        {
            throw new ArgumentException($"Expected a square matrix of float64, found ({string.Join(", ", matrix.shape)}) of {matrix.dtype}.", nameof(matrix));
        }

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (values, vectors) = linalg.eigh(matrix);
        _values = values.DetachFromDisposeScope();
        _vectors = vectors.DetachFromDisposeScope();
        Damping = damping(_values[0].item<double>());
        var shifted = (_values + Damping.Lambda).abs();
        (Smallest, Largest) = (shifted.min().item<double>(), shifted.max().item<double>());
        if (Smallest > 1e-13 * Largest) return;
        Dispose();
        throw new SolverException(
            "H + lambda I to have an inverse",
            FormattableString.Invariant($"an eigenvalue of {Smallest:G4} beside one of {Largest:G4} at lambda = {Damping.Lambda:G4}"),
            "take a larger lambda",
            null);
    }

    /// <summary>Decomposes a matrix with the usual lambda, or where that leaves it indefinite the least that makes it positive.</summary>
    /// <param name="matrix">H, (n, n), float64, symmetric.</param>
    /// <param name="usual">Added to its diagonal where that is enough, at least 0.</param>
    /// <exception cref="ArgumentException">The matrix is not square or not float64.</exception>
    /// <exception cref="SolverException">H is zero, or so nearly singular that H + lambda I has no inverse.</exception>
    public static DenseSolver Positive(Tensor matrix, double usual) => new(matrix, least => PositiveDamping.Of(least, usual));

    /// <summary>What was added to the diagonal, and why.</summary>
    public PositiveDamping Damping { get; }

    /// <summary>Least size of an eigenvalue of H + lambda I.</summary>
    public double Smallest { get; }

    /// <summary>Largest size of an eigenvalue of H + lambda I; over the smallest it is the condition number.</summary>
    public double Largest { get; }

    /// <summary>(H + lambda I)^-1 v.</summary>
    /// <param name="rightSides">v, (T, ...) of n numbers a target, float32 or float64.</param>
    /// <returns>h in that dtype, and a certificate a target with the residual in float64; its note tells of an indefinite matrix.</returns>
    public LinearSolutions Solve(Tensor rightSides)
    {
        ArgumentNullException.ThrowIfNull(rightSides);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var right = rightSides.to(float64).view(rightSides.shape[0], -1).t();
        var shifted = (_values + Damping.Lambda).unsqueeze(1);
        var left = _vectors.mm(_vectors.t().mm(right).div_(shifted));
        var rest = right - _vectors.mm(_vectors.t().mm(left).mul_(shifted));
        var residuals = (rest.norm(0) / right.norm(0).clamp_min(double.Epsilon)).Values<double>();
        var negative = (_values + Damping.Lambda < 0).sum().item<long>();
        var least = Damping.Least + Damping.Lambda;
        var note = negative == 0 ? "" : FormattableString.Invariant(
            $"H + lambda I is indefinite: {negative} of {_values.shape[0]} eigenvalues are below 0, the least is {least:G4}");
        return new(
            left.t().reshape(rightSides.shape).to(rightSides.dtype).MoveToOuterDisposeScope(),
            [.. residuals.Select(residual => new SolverCertificate("exact", 0, residual, Largest / Smallest, note))]);
    }

    /// <summary>Frees the eigenvectors.</summary>
    public void Dispose()
    {
        _values.Dispose();
        _vectors.Dispose();
    }
}
