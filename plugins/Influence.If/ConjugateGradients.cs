using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Conjugate gradients on <c>(H + lambda I) h = v</c>, each target with its own steps and all of them in one pass over the features. A
/// target leaves the batch once its residual is reached.
/// </summary>
internal sealed class ConjugateGradients(MeanHessian hessian, IfOptions options)
{
    /// <summary>Solves some targets.</summary>
    /// <param name="gradients">v, (T, E, D).</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>h, (T, E, D), and a certificate a target.</returns>
    public (Tensor Solutions, IReadOnlyList<SolverCertificate> Certificates) Solve(Tensor gradients, CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var norms = Dots(gradients, gradients).Select(Math.Sqrt).ToArray();
        if (norms.Any(norm => !double.IsFinite(norm))) throw NotFinite();
        var solutions = zeros_like(gradients);
        var steps = norms.Select(_ => new KrylovSteps()).ToArray();
        int[] active = [.. norms.Index().Where(x => x.Item > 0).Select(x => x.Index)];
        var residuals = active.Length == norms.Length ? gradients.clone() : Rows(gradients, active);
        var directions = residuals.clone();
        var squares = active.Select(t => norms[t] * norms[t]).ToArray();
        for (var iteration = 0; active.Length > 0 && iteration < options.MaxIterations; iteration++)
        {
            using var iterationScope = NewDisposeScope();
            var products = Shifted(directions, cancellationToken);
            var curvatures = Dots(directions, products);
            RequirePositive(curvatures, directions, cancellationToken);
            var lengths = squares.Zip(curvatures, (square, curvature) => square / curvature).ToArray();
            var next = new double[active.Length];
            for (var i = 0; i < active.Length; i++)
            {
                using var targetScope = NewDisposeScope();
                solutions[active[i]].add_(directions[i], alpha: lengths[i]);
                var residual = residuals[i].sub_(products[i].mul_(lengths[i]));
                next[i] = Dot(residual, residual);
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

        return (solutions.MoveToOuterDisposeScope(), Certify(solutions, gradients, norms, steps, cancellationToken));
    }

    private SolverCertificate[] Certify(Tensor solutions, Tensor gradients, double[] norms, KrylovSteps[] steps, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var rest = Shifted(solutions, cancellationToken).neg_().add_(gradients);
        return
        [
            .. Dots(rest, rest).Select(Math.Sqrt).Select((distance, t) =>
            {
                var residual = norms[t] == 0 ? 0 : distance / norms[t];
                if (!double.IsFinite(residual)) throw NotFinite();
                var note = residual <= options.Residual ? ""
                    : steps[t].Count >= options.MaxIterations ? $"stopped at maxIterations = {options.MaxIterations} before the residual {options.Residual:G3}"
                    : $"rounding in {gradients.dtype.ToString().ToLowerInvariant()} ended the residual's fall above {options.Residual:G3}";
                return new SolverCertificate("cg", steps[t].Count, residual, steps[t].Condition(), note);
            }),
        ];
    }

    /// <summary>(H + lambda I) x.</summary>
    private Tensor Shifted(Tensor values, CancellationToken cancellationToken) =>
        hessian.Multiply(values, cancellationToken).add_(values, alpha: options.Lambda);

    private void RequirePositive(double[] curvatures, Tensor directions, CancellationToken cancellationToken)
    {
        var bad = Array.FindIndex(curvatures, curvature => !(curvature > 0));
        if (bad < 0) return;
        if (double.IsNaN(curvatures[bad])) throw NotFinite();
        var (least, sufficient) = LowestCurvature.Of(hessian, directions[bad], options.Lambda, cancellationToken);
        var other = options.Hessian == IfHessian.Full && hessian.Curvature is ProxyCurvature ? ", or set estimator.hessian to gaussNewton" : "";
        throw new DmlException(FormattableString.Invariant(
            $"estimator.lambda: expected H + lambda I to be positive, found negative curvature at lambda = {options.Lambda:G4}, since the Hessian of the training losses has an eigenvalue near {least:G4}; set estimator.lambda to at least {sufficient:G4}{other}."));
    }

    private static DmlException NotFinite() =>
        new("Expected finite products with the Hessian of the training losses, found NaN or infinity; check the features for extreme values.");

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
