using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// EK-FAC of the head (George, Laurent, Bouthillier, Ballas, Vincent, NeurIPS 2018; for influence Grosse et al., arXiv 2308.03296): with
/// <c>A = U_A . U_A^T</c> and <c>S = U_S . U_S^T</c> the second moments of features and loss gradients, the Fisher matrix is taken to be diagonal in the
/// basis of the products of their eigenvectors, with its own diagonal there, <c>s_ed = mean_i (U_S^T g_i)_e^2 (U_A^T f_i)_d^2</c>. So
/// <c>h = U_S [(U_S^T v U_A) / (s + lambda)] U_A^T</c>.
/// </summary>
public sealed class EkfacSolver : IHeadSolver
{
    private readonly Tensor _features;
    private readonly Tensor _gradients;
    private readonly Tensor _values;
    private readonly double _lambda;
    private readonly double _condition;

    /// <summary>Decomposes both moments and fits the eigenvalues: two passes over the training samples, and O(D^3 + E^3).</summary>
    /// <param name="gradients">Gradients of the training samples.</param>
    /// <param name="lambda">Added to the eigenvalues, at least 0; null for a tenth of their mean.</param>
    /// <param name="cancellationToken">Stops it between blocks of samples.</param>
    /// <exception cref="SolverException">lambda leaves it without an inverse.</exception>
    public EkfacSolver(HeadGradients gradients, double? lambda = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (features, losses) = gradients.SecondMoments(cancellationToken);
        var (featureBasis, gradientBasis) = (linalg.eigh(features).Item2, linalg.eigh(losses).Item2);
        var values = zeros(gradients.EmbeddingSize, gradients.FeatureSize, float64, featureBasis.device);
        gradients.ForEach(gradients.FeatureSize, (_, f, g) =>
            values.addmm_(g.mm(gradientBasis).square().t(), f.mm(featureBasis).square(), beta: 1, alpha: 1), cancellationToken);
        values.div_(gradients.Count);
        _lambda = HeadGradients.Damping(lambda, gradients.Trace, values.numel());
        var (least, largest) = (values.min().item<double>() + _lambda, values.max().item<double>() + _lambda);
        if (least <= 1e-13 * largest)
        {
            throw new SolverException(
                "F + lambda I to have an inverse",
                FormattableString.Invariant($"an eigenvalue of {least:G4} beside one of {largest:G4} at lambda = {_lambda:G4}"),
                "take a larger lambda", null);
        }

        _condition = largest / least;
        (_features, _gradients, _values) = (featureBasis.DetachFromDisposeScope(), gradientBasis.DetachFromDisposeScope(), values.DetachFromDisposeScope());
    }

    /// <inheritdoc/>
    public LinearSolutions Solve(Tensor rightSides, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rightSides);
        cancellationToken.ThrowIfCancellationRequested();
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var inBasis = Both(rightSides.to(float64), _gradients.t(), _features).div_(_values + _lambda);
        var note = FormattableString.Invariant($"lambda {_lambda:G4}; the Fisher matrix in its Kronecker eigenbasis, so no system is solved to a residual");
        return new(
            Both(inBasis, _gradients, _features.t()).to(rightSides.dtype).MoveToOuterDisposeScope(),
            [.. Enumerable.Repeat(new SolverCertificate("ekfac", 0, null, _condition, note), (int)rightSides.shape[0])]);
    }

    /// <summary>Frees the bases.</summary>
    public void Dispose()
    {
        _features.Dispose();
        _gradients.Dispose();
        _values.Dispose();
    }

    /// <summary>L x R of each target.</summary>
    private static Tensor Both(Tensor values, Tensor left, Tensor right) =>
        left.unsqueeze(0).expand(values.shape[0], -1, -1).bmm(values.reshape(-1, values.shape[2]).mm(right).view(values.shape));
}
