using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// Conjugate gradients (Hestenes and Stiefel, 1952) on <c>(H + lambda I) h = v</c>, each target with its own steps and all of them in
/// one product with H an iteration. A target leaves the block once its residual is reached.
/// </summary>
public static class ConjugateGradients
{
    /// <summary>Solves for some targets; the solution of one does not depend on the others but for rounding within <paramref name="product"/>.</summary>
    /// <param name="product">H x of a block of targets.</param>
    /// <param name="rightSides">v, (T, ...), float32 or float64, contiguous; not changed.</param>
    /// <param name="options">lambda, residual and the most iterations.</param>
    /// <param name="cancellationToken">Handed to the product.</param>
    /// <returns>h, and a certificate a target whose residual is formed anew at the end unless rounding cannot have touched it.</returns>
    /// <exception cref="SolverException">H + lambda I has negative curvature along a direction; it holds a lambda that suffices.</exception>
    /// <exception cref="DmlException">A right side or a product is NaN or infinite.</exception>
    public static LinearSolutions Solve(
        SymmetricOperator product, Tensor rightSides, ConjugateGradientOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(product);
        ArgumentNullException.ThrowIfNull(rightSides);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Lambda);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Residual);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxIterations, 1);
        return new Run(product, options, cancellationToken).Solve(rightSides);
    }

    /// <summary>Share of the residual asked for that rounding may be of one that is not formed anew.</summary>
    private const double NegligibleRounding = 0.01;

    private sealed class Run(SymmetricOperator product, ConjugateGradientOptions options, CancellationToken cancellationToken)
    {
        public LinearSolutions Solve(Tensor rightSides)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var norms = Dots(rightSides, rightSides).Select(Math.Sqrt).ToArray();
            if (norms.Any(norm => !double.IsFinite(norm))) throw NotFinite();
            var solutions = zeros_like(rightSides);
            var steps = norms.Select(_ => new KrylovSteps()).ToArray();
            var carried = norms.ToArray();
            int[] active = [.. norms.Index().Where(x => x.Item > 0).Select(x => x.Index)];
            var residuals = active.Length == norms.Length ? rightSides.clone() : Rows(rightSides, active);
            var directions = residuals.clone();
            var squares = active.Select(t => norms[t] * norms[t]).ToArray();
            for (var iteration = 0; active.Length > 0 && iteration < options.MaxIterations; iteration++)
            {
                using var iterationScope = NewDisposeScope();
                var products = Shifted(directions);
                var curvatures = Dots(directions, products);
                RequirePositive(curvatures, directions);
                var lengths = squares.Zip(curvatures, (square, curvature) => square / curvature).ToArray();
                var next = new double[active.Length];
                for (var i = 0; i < active.Length; i++)
                {
                    using var targetScope = NewDisposeScope();
                    solutions[active[i]].add_(directions[i], alpha: lengths[i]);
                    var residual = residuals[i].sub_(products[i].mul_(lengths[i]));
                    next[i] = Dot(residual, residual);
                    carried[active[i]] = Math.Sqrt(next[i]);
                    steps[active[i]].Add(lengths[i], next[i] / squares[i]);
                    directions[i].mul_(next[i] / squares[i]).add_(residual);
                }

                squares = next;
                int[] kept = [.. Enumerable.Range(0, active.Length).Where(i => !(Math.Sqrt(next[i]) <= options.Residual * norms[active[i]]))];
                if (kept.Length == active.Length) continue;
                (active, squares) = ([.. kept.Select(i => active[i])], [.. kept.Select(i => squares[i])]);
                if (kept.Length == 0) break;
                residuals = Replace(residuals, kept);
                directions = Replace(directions, kept);
            }

            return new(solutions.MoveToOuterDisposeScope(), Certify(solutions, rightSides, norms, carried, steps));
        }

        /// <summary>
        /// Residuals formed anew. The one that a target has carried along is <c>v - (H + lambda I) h</c> as well, but for rounding, which grows with the
        /// steps and the condition; while that is far below the residual asked for there is nothing to gain from another product with H.
        /// </summary>
        private SolverCertificate[] Certify(Tensor solutions, Tensor rightSides, double[] norms, double[] carried, KrylovSteps[] steps)
        {
            using var scope = NewDisposeScope();
            var epsilon = rightSides.dtype == float32 ? Math.Pow(2, -24) : Math.Pow(2, -53);
            int[] drifted = [.. Enumerable.Range(0, steps.Length)
                .Where(t => !(steps[t].Count * epsilon * (steps[t].Condition() ?? 1) <= NegligibleRounding * options.Residual))];
            double[] distances = [.. carried];
            if (drifted.Length > 0)
            {
                var rest = Shifted(Rows(solutions, drifted)).neg_().add_(Rows(rightSides, drifted));
                foreach (var (i, square) in Dots(rest, rest).Index()) distances[drifted[i]] = Math.Sqrt(square);
            }

            return
            [
                .. distances.Select((distance, t) =>
                {
                    var residual = norms[t] == 0 ? 0 : distance / norms[t];
                    if (!double.IsFinite(residual)) throw NotFinite();
                    var note = residual <= options.Residual ? ""
                        : steps[t].Count >= options.MaxIterations
                        ? $"stopped at maxIterations = {options.MaxIterations} before the residual {options.Residual:G3}"
                        : $"rounding in {rightSides.dtype.ToString().ToLowerInvariant()} ended the residual's fall above {options.Residual:G3}";
                    return new SolverCertificate("cg", steps[t].Count, residual, steps[t].Condition(), note);
                }),
            ];
        }

        /// <summary>(H + lambda I) x.</summary>
        private Tensor Shifted(Tensor values) => product(values, cancellationToken).add_(values, alpha: options.Lambda);

        private void RequirePositive(double[] curvatures, Tensor directions)
        {
            var bad = Array.FindIndex(curvatures, curvature => !(curvature > 0));
            if (bad < 0) return;
            if (double.IsNaN(curvatures[bad])) throw NotFinite();
            var (least, sufficient) = LowestCurvature.Of(product, directions[bad], options.Lambda, cancellationToken);
            throw new SolverException(
                "H + lambda I to be positive",
                FormattableString.Invariant($"negative curvature at lambda = {options.Lambda:G4}, since H has an eigenvalue near {least:G4}"),
                FormattableString.Invariant($"take a lambda of at least {sufficient:G4}"),
                sufficient);
        }
    }

    private static DmlException NotFinite() =>
        new("Expected finite right sides and products with H, found NaN or infinity; check what they are made of for extreme values.");

    private static double[] Dots(Tensor a, Tensor b) => [.. Enumerable.Range(0, (int)a.shape[0]).Select(t => Dot(a[t], b[t]))];

    private static double Dot(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        return (a * b).sum(type: float64).item<double>();
    }

    private static Tensor Rows(Tensor values, int[] rows)
    {
        using var scope = NewDisposeScope();
        return values.index_select(0, tensor(rows.Select(r => (long)r).ToArray(), device: values.device)).MoveToOuterDisposeScope();
    }

    /// <summary>The chosen rows in the outer scope, in place of the whole, which is freed.</summary>
    private static Tensor Replace(Tensor values, int[] rows)
    {
        var chosen = Rows(values, rows).MoveToOuterDisposeScope();
        values.Dispose();
        return chosen;
    }
}
