using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// DataInf (Kwon, Wu, Wu, Zou, ICLR 2024): the inverse of a mean is taken to be the mean of inverses, <c>h = mean_i (a_i a_i^T + lambda I)^-1 v</c> with
/// <c>a_i = vec(g_i f_i^T)</c>, each of which is known: <c>h = (v - mean_i (a_i . v) / (lambda + ||a_i||^2) a_i) / lambda</c>.
/// </summary>
public sealed class DataInfSolver : IHeadSolver
{
    private readonly HeadGradients _gradients;
    private readonly double _lambda;

    /// <summary>Chooses lambda.</summary>
    /// <param name="gradients">Gradients of the training samples; they must stay alive.</param>
    /// <param name="lambda">Above 0; null for a tenth of the mean eigenvalue of the Fisher matrix, the paper's choice.</param>
    /// <exception cref="SolverException">lambda is 0.</exception>
    public DataInfSolver(HeadGradients gradients, double? lambda = null)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        _gradients = gradients;
        _lambda = HeadGradients.Damping(lambda, gradients.Trace, gradients.EmbeddingSize * gradients.FeatureSize);
        if (_lambda > 0) return;
        throw new SolverException(
            "a lambda above 0, with which a matrix of rank one has an inverse", FormattableString.Invariant($"{_lambda:G4}"), "take a larger lambda", null);
    }

    /// <summary>One pass over the training samples.</summary>
    /// <inheritdoc/>
    public LinearSolutions Solve(Tensor rightSides, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rightSides);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (count, size) = (rightSides.shape[0], rightSides.shape[1]);
        var right = rightSides.to(float64);
        var flat = right.view(-1, rightSides.shape[2]);
        var drawn = zeros_like(flat);
        _gradients.ForEach((count * size) + rightSides.shape[2], (samples, f, g) =>
        {
            var products = f.mm(flat.t()).view(samples.Count, count, size).bmm(g.unsqueeze(2));
            var norms = g.square().sum(1).mul_(f.square().sum(1)).add_(_lambda).view(-1, 1, 1);
            drawn.addmm_(products.div_(norms).bmm(g.unsqueeze(1)).view(samples.Count, -1).t(), f, beta: 1, alpha: 1);
        }, cancellationToken);
        var solutions = (right - drawn.div_(_gradients.Count).view(right.shape)).div_(_lambda);
        var note = FormattableString.Invariant($"lambda {_lambda:G4}; the mean of the samples' inverses, so no system is solved to a residual");
        return new(
            solutions.to(rightSides.dtype).MoveToOuterDisposeScope(),
            [.. Enumerable.Repeat(new SolverCertificate("datainf", 0, null, null, note), (int)count)]);
    }

    /// <summary>Holds nothing of its own.</summary>
    public void Dispose()
    {
    }
}
