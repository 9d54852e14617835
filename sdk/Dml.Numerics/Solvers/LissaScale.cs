using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// The least scale at which the recursion stays bounded, for two reasons. No step may overshoot: <c>||f_i||^2 |lambda|_max(B_i)</c>, where
/// the factor is the eigenvalue of H_i that is largest in size, by power iteration on all samples at once. And where the mean Hessian has a
/// negative eigenvalue, h must be forgotten faster than it grows along it: its size over the damping.
/// </summary>
internal static class LissaScale
{
    private const int Iterations = 12;

    /// <summary>Power iteration approaches the eigenvalue from below.</summary>
    private const double Reserve = 1.1;

    /// <summary>Estimates it; always above 0.</summary>
    public static double Of(HeadHessian hessian, double damping, CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var overshoot = Reserve * LargestStep(hessian, cancellationToken);
        var start = LowestCurvature.Start(empty([hessian.EmbeddingSize, hessian.FeatureSize], hessian.Embeddings.dtype, hessian.Embeddings.device));
        var least = LowestCurvature.Of(hessian.Multiply, start, 0, cancellationToken).Least;
        var growth = least < 0 && damping > 0 ? Reserve * -least / damping : 0;
        return Math.Max(Math.Max(overshoot, growth), 1e-12);
    }

    private static double LargestStep(HeadHessian hessian, CancellationToken cancellationToken)
    {
        var largest = 0.0;
        foreach (var samples in hessian.Blocks(1))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var blockScope = NewDisposeScope();
            using var block = hessian.At(samples);
            var squares = hessian.Features(samples).square().sum(dim: 1);
            var size = hessian.Embeddings.shape[1];

            // A start without symmetries, the same for every sample and run.
            var start = (arange(1, size + 1, dtype: float64, device: hessian.Embeddings.device) * 1.7).sin().to(hessian.Embeddings.dtype);
            var direction = (start / start.norm()).view(1, 1, size).repeat(samples.Count, 1, 1);
            var norms = zeros_like(squares);
            for (var i = 0; i < Iterations; i++)
            {
                using var stepScope = NewDisposeScope();
                var product = block.Multiply(new(0, samples.Count), direction);
                var length = product.square().sum(2, keepdim: true).sqrt();
                norms.copy_(length.view(-1));
                direction.copy_(product.div_(length.clamp_min(1e-30)));
            }

            largest = Math.Max(largest, norms.mul_(squares).max().to(float64).item<double>());
        }

        return largest;
    }
}
