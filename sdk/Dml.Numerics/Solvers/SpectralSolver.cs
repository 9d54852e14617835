using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// The largest eigenvalues of H alone (Arnoldi's iteration, which for a symmetric H is Lanczos'; for influence Schioppa, Zablotskaia, Vilar, Sokolov, AAAI
/// 2022): <c>h = sum_k u_k (u_k . v) / (theta_k + lambda)</c> over the largest positive ones. Negative ones, which the paper keeps where they are large, would
/// turn the sign of what lies along them. Small ones would decide h, hence the damping.
/// </summary>
public sealed class SpectralSolver : IHeadSolver
{
    private readonly Tensor _vectors;
    private readonly Tensor _values;
    private readonly SolverCertificate _certificate;

    /// <summary>Iterates, each step orthogonalised against all before it; where a subspace is exhausted it goes on from a direction outside.</summary>
    /// <param name="product">H x.</param>
    /// <param name="like">A tensor of the shape (E, D), dtype and device of one target; its values do not matter.</param>
    /// <param name="rank">Eigenvalues to keep, at least 1. Twice as many steps are taken, at least 20 more, and no more than E D.</param>
    /// <param name="lambda">Added to the kept ones, at least 0, as in the paper; null for a tenth of their mean.</param>
    /// <param name="seed">Decides the first direction.</param>
    /// <param name="cancellationToken">Handed to the product.</param>
    /// <exception cref="SolverException">H has no positive eigenvalue.</exception>
    /// <exception cref="DmlException">A product is NaN or infinite.</exception>
    public SpectralSolver(
        SymmetricOperator product, Tensor like, int rank, double? lambda = null, long seed = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(product);
        ArgumentNullException.ThrowIfNull(like);
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(lambda ?? 0);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var steps = (int)Math.Min(like.numel(), Math.Max(2L * rank, rank + 20L));
        var (basis, projected, beyond) = Iterate(product, like, steps, seed, cancellationToken);
        var (values, vectors) = linalg.eigh(projected);
        var found = values.Values<double>();

        // What rounding leaves of zeros is no curvature.
        var least = (like.dtype == float64 ? 1e-10 : 1e-5) * found.Max(Math.Abs);
        var kept = Math.Min(rank, found.Count(value => value > least));
        if (kept == 0)
        {
            throw new SolverException(
                "H to have a positive eigenvalue", FormattableString.Invariant($"that its largest is {found[^1]:G4}"), "take another solver", null);
        }

        var chosen = vectors.narrow(1, steps - kept, kept);
        var error = beyond * chosen[-1].abs().max().item<double>();
        _vectors = chosen.t().to(basis.dtype).to(basis.device).mm(basis).DetachFromDisposeScope();
        var damping = lambda ?? (0.1 * found[^kept..].Average());
        _values = (values.narrow(0, steps - kept, kept) + damping).to(basis.dtype).to(basis.device).unsqueeze(0).DetachFromDisposeScope();
        var negative = found.Count(value => value < -least);
        var note = FormattableString.Invariant($"lambda {damping:G4}; {kept} eigenvalues of H from {found[^1]:G4} down to {found[^kept]:G4}, ")
            + FormattableString.Invariant($"each to {error:G2}; nothing of the rest ({negative} of {steps} found are negative), ")
            + "so no system is solved to a residual";
        _certificate = new("arnoldi", steps, null, (found[^1] + damping) / (found[^kept] + damping), note);
    }

    /// <inheritdoc/>
    public LinearSolutions Solve(Tensor rightSides, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rightSides);
        cancellationToken.ThrowIfCancellationRequested();
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var right = rightSides.view(rightSides.shape[0], -1).to(_vectors.dtype);
        var solutions = right.mm(_vectors.t()).div_(_values).mm(_vectors);
        return new(
            solutions.view(rightSides.shape).to(rightSides.dtype).MoveToOuterDisposeScope(), [.. Enumerable.Repeat(_certificate, (int)right.shape[0])]);
    }

    /// <summary>Frees the eigenvectors.</summary>
    public void Dispose()
    {
        _vectors.Dispose();
        _values.Dispose();
    }

    /// <summary>The basis, (m, E D); H in it, (m, m), float64 on the CPU; and how far H leads out of it.</summary>
    private static (Tensor Basis, Tensor Projected, double Beyond) Iterate(
        SymmetricOperator product, Tensor like, int steps, long seed, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var size = like.numel();
        var basis = empty([steps, size], dtype: like.dtype, device: like.device);
        var (diagonal, beside) = (new double[steps], new double[steps]);
        var largest = 0.0;
        Start(0);
        for (var step = 0; step < steps; step++)
        {
            using var stepScope = NewDisposeScope();
            cancellationToken.ThrowIfCancellationRequested();
            var next = product(basis[step].view([1, .. like.shape]), cancellationToken).view(1, size);
            diagonal[step] = (next * basis[step]).sum(type: float64).item<double>();
            Clear(next, step + 1);
            beside[step] = Norm(next);
            if (!double.IsFinite(diagonal[step]) || !double.IsFinite(beside[step]))
            {
                throw new DmlException("Expected finite products with H, found NaN or infinity; check what they are made of for extreme values.");
            }

            largest = Math.Max(largest, Math.Max(Math.Abs(diagonal[step]), beside[step]));
            if (step + 1 == steps) break;
            if (beside[step] > (like.dtype == float64 ? 1e-12 : 1e-6) * largest)
            {
                basis[step + 1].copy_(next.div_(beside[step])[0]);
            }
            else
            {
                beside[step] = 0;
                Start(step + 1);
            }
        }

        return (basis.MoveToOuterDisposeScope(), KrylovSteps.Matrix(diagonal, beside[..^1]).MoveToOuterDisposeScope(), beside[^1]);

        // A random direction outside of what is there.
        void Start(int step)
        {
            using var own = NewDisposeScope();
            var drawn = NormalDraws.Rows(seed, step, new(0, 1), size, 1, like.device).to(like.dtype);
            Clear(drawn, step);
            basis[step].copy_((drawn / Norm(drawn))[0]);
        }

        // Twice is enough (Giraud, Langou, Rozloznik, 2005).
        void Clear(Tensor row, int count)
        {
            if (count == 0) return;
            var before = basis.narrow(0, 0, count);
            for (var i = 0; i < 2; i++)
            {
                using var own = NewDisposeScope();
                row.addmm_(row.mm(before.t()), before, beta: 1, alpha: -1);
            }
        }
    }

    private static double Norm(Tensor values)
    {
        using var scope = NewDisposeScope();
        return Math.Sqrt(values.square().sum(type: float64).item<double>());
    }
}
