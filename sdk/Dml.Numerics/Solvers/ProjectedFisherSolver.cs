using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// LoGRA (Choe et al., arXiv 2405.13954): gradients are projected by a Kronecker product of two small matrices, <c>G_i = (P g_i)(Q f_i)^T</c> with P (k_e, E)
/// and Q (k_d, D), so that a whole one is never formed; with the Fisher matrix of the G_i, <c>h = P^T [(F + lambda I)^-1 (P v Q^T)] Q</c>.
/// </summary>
public sealed class ProjectedFisherSolver : IHeadSolver
{
    private readonly List<(Tensor Gradients, Tensor Features, DenseSolver Solver)> _draws = [];

    /// <summary>Projects and decomposes: one or two passes over the training samples, and O(k^3) with k = k_e k_d.</summary>
    /// <param name="gradients">Gradients of the training samples.</param>
    /// <param name="options">Rank and projection.</param>
    /// <param name="cancellationToken">Stops it between blocks of samples.</param>
    /// <exception cref="ArgumentOutOfRangeException">k is above <see cref="DenseSolver.MostRows"/>; see <see cref="Rows"/>.</exception>
    /// <exception cref="SolverException">lambda leaves it without an inverse.</exception>
    public ProjectedFisherSolver(HeadGradients gradients, ProjectedFisherOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Rank, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Draws, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Rows(gradients.EmbeddingSize, gradients.FeatureSize, options.Rank), DenseSolver.MostRows);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        try
        {
            for (var draw = 0; draw < (options.Projection == GradientProjection.Pca ? 1 : options.Draws); draw++)
            {
                var (left, right) = Projections(gradients, options, draw, cancellationToken);
                using var matrix = Fisher(gradients, left, right, cancellationToken);
                var lambda = HeadGradients.Damping(options.Lambda, matrix.trace().item<double>(), matrix.shape[0]);
                _draws.Add((left.DetachFromDisposeScope(), right.DetachFromDisposeScope(), new(matrix, lambda)));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>k = k_e k_d, the numbers that are kept of a gradient.</summary>
    /// <param name="embeddingSize">E.</param>
    /// <param name="featureSize">D.</param>
    /// <param name="rank">Most directions of a side.</param>
    public static long Rows(long embeddingSize, long featureSize, int rank) => Math.Min(embeddingSize, rank) * Math.Min(featureSize, rank);

    /// <inheritdoc/>
    public LinearSolutions Solve(Tensor rightSides, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rightSides);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var right = rightSides.to(float64);
        var sum = zeros_like(right);
        foreach (var (gradients, features, solver) in _draws)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var drawScope = NewDisposeScope();
            var projected = Both(right, gradients, features.t());
            using var solved = solver.Solve(projected);
            sum.add_(Both(solved.Values, gradients.t(), features));
        }

        var (kept, lambda) = (_draws[0].Gradients.shape[0] * _draws[0].Features.shape[0], _draws.Average(d => d.Solver.Damping.Lambda));
        var note = FormattableString.Invariant($"lambda {lambda:G4}; solved for {kept} of {right.shape[1] * right.shape[2]} directions of W, ")
            + "and nothing of the rest, so there is no residual of the whole";
        return new(
            sum.div_(_draws.Count).to(rightSides.dtype).MoveToOuterDisposeScope(),
            [.. Enumerable.Repeat(new SolverCertificate("logra", 0, null, _draws.Max(d => d.Solver.Largest / d.Solver.Smallest), note), (int)right.shape[0])]);
    }

    /// <summary>Frees projections and decompositions.</summary>
    public void Dispose()
    {
        foreach (var (gradients, features, solver) in _draws)
        {
            gradients.Dispose();
            features.Dispose();
            solver.Dispose();
        }

        _draws.Clear();
    }

    private static (Tensor Gradients, Tensor Features) Projections(
        HeadGradients gradients, ProjectedFisherOptions options, int draw, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        Tensor left, right;
        if (options.Projection == GradientProjection.Pca)
        {
            var (features, losses) = gradients.SecondMoments(cancellationToken);
            (left, right) = (Principal(losses, options.Rank), Principal(features, options.Rank));
        }
        else
        {
            var device = gradients.Values.device;
            (left, right) = (
                Drawn(gradients.EmbeddingSize, options, 2L * draw, device), Drawn(gradients.FeatureSize, options, (2L * draw) + 1, device));
        }

        return (left.MoveToOuterDisposeScope(), right.MoveToOuterDisposeScope());
    }

    /// <summary>The eigenvectors of the largest eigenvalues as rows.</summary>
    private static Tensor Principal(Tensor moments, int rank)
    {
        var vectors = linalg.eigh(moments).Item2;
        var kept = Math.Min(rank, vectors.shape[0]);
        return vectors.narrow(1, vectors.shape[0] - kept, kept).t().contiguous();
    }

    private static Tensor Drawn(long size, ProjectedFisherOptions options, long stream, Device device) =>
        size <= options.Rank ? eye(size, dtype: float64, device: device)
            : NormalDraws.Rows(options.Seed, stream, new(0, options.Rank), size, 1 / Math.Sqrt(options.Rank), device);

    /// <summary>(k, k), the second moment of the projected gradients.</summary>
    private static Tensor Fisher(HeadGradients gradients, Tensor left, Tensor right, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var size = left.shape[0] * right.shape[0];
        var matrix = zeros(size, size, float64, left.device);
        gradients.ForEach(size + gradients.FeatureSize, (samples, f, g) =>
        {
            var projected = g.mm(left.t()).unsqueeze(2).bmm(f.mm(right.t()).unsqueeze(1)).view(samples.Count, -1);
            matrix.addmm_(projected.t(), projected, beta: 1, alpha: 1);
        }, cancellationToken);
        return matrix.div_(gradients.Count).MoveToOuterDisposeScope();
    }

    /// <summary>L x R of each target.</summary>
    private static Tensor Both(Tensor values, Tensor left, Tensor right) =>
        left.unsqueeze(0).expand(values.shape[0], -1, -1).bmm(values.reshape(-1, values.shape[2]).mm(right).view(values.shape[0], values.shape[1], -1));
}
