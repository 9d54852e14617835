using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>The whole mean Hessian, (E D)^2 numbers in float64, by its eigenvalues: the yardstick of the other solvers.</summary>
internal sealed class ExactHessian : IDisposable
{
    /// <summary>Most rows: 128 MiB, and some seconds for the eigenvalues.</summary>
    public const long MostRows = 4096;

    private const long Elements = 1 << 22;

    private readonly Tensor _values;
    private readonly Tensor _vectors;
    private readonly double _lambda;

    /// <summary>Builds and decomposes it.</summary>
    /// <param name="hessian">The same Hessian as a product.</param>
    /// <param name="lambda">Added to its diagonal.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">H + lambda I has no inverse.</exception>
    public ExactHessian(MeanHessian hessian, double lambda, CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        _lambda = lambda;
        var (values, vectors) = linalg.eigh(Build(hessian, cancellationToken));
        _values = values.DetachFromDisposeScope();
        _vectors = vectors.DetachFromDisposeScope();
        var shifted = (_values + lambda).abs();
        (Smallest, Largest) = (shifted.min().item<double>(), shifted.max().item<double>());
        if (Smallest > 1e-13 * Largest) return;
        Dispose();
        throw new DmlException(FormattableString.Invariant(
            $"estimator.lambda: expected H + lambda I to have an inverse, found an eigenvalue of {Smallest:G4} beside one of {Largest:G4} at lambda = {lambda:G4}; set estimator.lambda to a larger value."));
    }

    private double Smallest { get; }

    private double Largest { get; }

    /// <summary>(H + lambda I)^-1 v.</summary>
    /// <param name="gradients">v, (T, E, D), any precision.</param>
    /// <returns>h, (T, E, D), in that precision, and a certificate a target.</returns>
    public (Tensor Solutions, IReadOnlyList<SolverCertificate> Certificates) Solve(Tensor gradients)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var right = gradients.to(float64).view(gradients.shape[0], -1).t();
        var shifted = (_values + _lambda).unsqueeze(1);
        var left = _vectors.mm(_vectors.t().mm(right).div_(shifted));
        var rest = right - _vectors.mm(_vectors.t().mm(left).mul_(shifted));
        var residuals = (rest.norm(0) / right.norm(0).clamp_min(double.Epsilon)).data<double>().ToArray();
        var negative = (_values + _lambda < 0).sum().item<long>();
        var note = negative == 0 ? "" : FormattableString.Invariant(
            $"H + lambda I is indefinite: {negative} of {_values.shape[0]} eigenvalues are below 0, the least is {_values[0].item<double>() + _lambda:G4}");
        return (
            left.t().reshape(gradients.shape).to(gradients.dtype).MoveToOuterDisposeScope(),
            [.. residuals.Select(residual => new SolverCertificate("exact", 0, residual, Largest / Smallest, note))]);
    }

    public void Dispose()
    {
        _values.Dispose();
        _vectors.Dispose();
    }

    /// <summary>H, row e D + d: the mean of the Kronecker products of B_i and f_i f_i^T.</summary>
    private static Tensor Build(MeanHessian hessian, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var embeddingSize = hessian.Embeddings.shape[1];
        long featureSize;
        using (var one = hessian.Features(new(0, 1))) featureSize = one.shape[1];
        var blocks = zeros([embeddingSize * embeddingSize, featureSize * featureSize], dtype: float64, device: hessian.Embeddings.device);
        var square = Math.Max(embeddingSize * embeddingSize, featureSize * featureSize);
        foreach (var samples in SampleRange.Grid(hessian.Count, Math.Max(1, Elements / square)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var blockScope = NewDisposeScope();
            var features = hessian.Features(samples).to(float64);
            using var block = hessian.At(samples);
            var unit = eye(embeddingSize, dtype: hessian.Embeddings.dtype, device: hessian.Embeddings.device).repeat(samples.Count, 1, 1);
            var curved = block.Multiply(new(0, samples.Count), unit).to(float64).view(samples.Count, -1);
            var outer = features.unsqueeze(2).bmm(features.unsqueeze(1)).view(samples.Count, -1);
            blocks.addmm_(curved.t(), outer, beta: 1, alpha: 1);
        }

        var whole = blocks.div_(hessian.Count).view(embeddingSize, embeddingSize, featureSize, featureSize).permute(0, 2, 1, 3)
            .reshape(embeddingSize * featureSize, embeddingSize * featureSize);

        // B_i is symmetric but for rounding.
        return ((whole + whole.t()) / 2).MoveToOuterDisposeScope();
    }
}
