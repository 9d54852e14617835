using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// TRAK (Park, Georgiev, Ilyas, Leclerc, Madry, ICML 2023): the model is taken to be linear in its output function f, whose gradients are projected by
/// normal numbers, <c>phi_i = P vec(df_i/dW)</c>, P (k, E D) of variance 1/k. With <c>K = mean_i phi_i phi_i^T</c>,
/// <c>h = P^T (K + lambda I)^-1 P v</c>, averaged over draws of P; then <c>h . dl_i/dW</c> is -N times TRAK's score for d, since
/// <c>dl_i/dW = -(1 - p_i) df_i/dW</c>.
/// </summary>
/// <remarks>P is never whole in memory: its rows are drawn anew in blocks. The phi_i, N x k numbers, are held while the solver is made.</remarks>
public sealed class KernelSolver : IHeadSolver
{
    /// <summary>Most numbers of P at a time.</summary>
    private const long Elements = 1 << 22;

    private readonly HeadGradients _gradients;
    private readonly KernelSolverOptions _options;
    private readonly List<DenseSolver> _draws = [];

    /// <summary>Projects all gradients, O(N k E D) a draw, and decomposes.</summary>
    /// <param name="gradients">Gradients of the training samples; they must stay alive.</param>
    /// <param name="slopes">1 / (1 - p_i), (N), float64: df_i/dW is -dl_i/dW times it.</param>
    /// <param name="options">Dimensions and draws.</param>
    /// <param name="progress">Receives the number of projections done, over all draws.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    /// <exception cref="SolverException">lambda leaves the kernel matrix without an inverse.</exception>
    public KernelSolver(
        HeadGradients gradients, Tensor slopes, KernelSolverOptions options, IProgress<ProgressReport>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        ArgumentNullException.ThrowIfNull(slopes);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Dimensions, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Dimensions, DenseSolver.MostRows);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Draws, 1);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        (_gradients, _options) = (gradients, options);
        try
        {
            for (var draw = 0; draw < options.Draws; draw++)
            {
                using var drawScope = NewDisposeScope();
                var projected = Project(slopes, draw, progress, cancellationToken);
                var kernel = projected.t().mm(projected).div_(gradients.Count);
                _draws.Add(new(kernel, HeadGradients.Damping(options.Lambda, kernel.trace().item<double>(), options.Dimensions)));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public LinearSolutions Solve(Tensor rightSides, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rightSides);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var right = rightSides.to(float64).view(rightSides.shape[0], -1);
        var sum = zeros_like(right);
        foreach (var (draw, solver) in _draws.Index())
        {
            using var drawScope = NewDisposeScope();
            var projected = empty([right.shape[0], _options.Dimensions], dtype: float64, device: right.device);
            ForRows(draw, (rows, own) => projected.narrow(1, rows.Start, rows.Count).copy_(right.mm(own.t())), cancellationToken);
            using var solved = solver.Solve(projected);
            ForRows(draw, (rows, own) => sum.addmm_(solved.Values.narrow(1, rows.Start, rows.Count), own, beta: 1, alpha: 1), cancellationToken);
        }

        var note = FormattableString.Invariant($"lambda {_draws.Average(d => d.Damping.Lambda):G4}; a kernel of gradients projected to {_options.Dimensions} ")
            + FormattableString.Invariant($"of {right.shape[1]} numbers, the mean of {_draws.Count} draws, so no system is solved to a residual");
        return new(
            sum.div_(_draws.Count).view(rightSides.shape).to(rightSides.dtype).MoveToOuterDisposeScope(),
            [.. Enumerable.Repeat(new SolverCertificate("trak", 0, null, _draws.Max(d => d.Largest / d.Smallest), note), (int)right.shape[0])]);
    }

    /// <summary>Frees the decompositions.</summary>
    public void Dispose()
    {
        foreach (var draw in _draws) draw.Dispose();
        _draws.Clear();
    }

    /// <summary>(N, k), phi_i.</summary>
    private Tensor Project(Tensor slopes, int draw, IProgress<ProgressReport>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var (size, width) = (_gradients.EmbeddingSize, _gradients.FeatureSize);
        var projected = empty([_gradients.Count, _options.Dimensions], dtype: float64, device: _gradients.Values.device);
        ForRows(draw, (rows, own) =>
        {
            var flat = own.view(-1, width).t();
            _gradients.ForEach((rows.Count * size) + width, (samples, f, g) =>
            {
                var products = f.mm(flat).view(samples.Count, rows.Count, size).bmm(g.unsqueeze(2)).squeeze(2);
                projected.narrow(0, samples.Start, samples.Count).narrow(1, rows.Start, rows.Count).copy_(products);
            }, cancellationToken);
            progress?.Report(new(
                "random projections of gradients", (draw * _options.Dimensions) + rows.Start + rows.Count, (long)_options.Draws * _options.Dimensions));
        }, cancellationToken);
        return projected.mul_(slopes.unsqueeze(1)).neg_().MoveToOuterDisposeScope();
    }

    private void ForRows(int draw, Action<SampleRange, Tensor> visit, CancellationToken cancellationToken)
    {
        var width = _gradients.EmbeddingSize * _gradients.FeatureSize;
        foreach (var rows in SampleRange.Grid(_options.Dimensions, Math.Clamp(Elements / width, 1, _options.Dimensions)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            visit(rows, NormalDraws.Rows(_options.Seed, draw, rows, width, 1 / Math.Sqrt(_options.Dimensions), _gradients.Values.device));
        }
    }
}
