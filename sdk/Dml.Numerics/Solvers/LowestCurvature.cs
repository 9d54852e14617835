using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>The most negative eigenvalue of H by Lanczos' iteration (numerics, section 7), to name a lambda that is large enough.</summary>
internal static class LowestCurvature
{
    private const int Steps = 30;

    /// <summary>Times the size of the eigenvalue found, since the iteration approaches it from above.</summary>
    private const double Reserve = 1 + PositiveDamping.Margin;

    /// <summary>A direction without symmetries, the same in every run: none that matters is left out by chance.</summary>
    /// <param name="like">Gives shape, dtype and device.</param>
    public static Tensor Start(Tensor like)
    {
        using var scope = NewDisposeScope();
        return (arange(1, like.numel() + 1, dtype: float64, device: like.device) * 1.7).sin().to(like.dtype).view(like.shape).MoveToOuterDisposeScope();
    }

    /// <summary>Estimates it.</summary>
    /// <param name="product">H x.</param>
    /// <param name="start">(...), the shape of one target: a direction of negative curvature, or any without symmetries.</param>
    /// <param name="lambda">The lambda that was too small.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The eigenvalue, and a lambda that suffices.</returns>
    public static (double Least, double Sufficient) Of(SymmetricOperator product, Tensor start, double lambda, CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (diagonal, beside) = (new List<double>(), new List<double>());
        var previous = zeros_like(start);
        var current = start / Norm(start);
        var (value, error) = (0.0, 0.0);
        for (var step = 0; step < Steps; step++)
        {
            using var stepScope = NewDisposeScope();
            var next = product(current.unsqueeze(0), cancellationToken)[0];
            if (step > 0) next = next - (previous * beside[^1]);
            diagonal.Add((next * current).sum(type: float64).item<double>());
            next = next - (current * diagonal[^1]);
            var norm = Norm(next);
            (value, error) = Lowest([.. diagonal], [.. beside], norm);
            if (norm < 1e-10 || error <= 1e-3 * Math.Abs(value)) break;
            beside.Add(norm);
            previous.Dispose();
            previous = current;
            current = (next / norm).MoveToOuterDisposeScope();
        }

        return (value, Math.Max(Reserve * (-value + error), Reserve * lambda));
    }

    /// <summary>The smallest Ritz value, and the most that an eigenvalue is away from it.</summary>
    private static (double Value, double Error) Lowest(double[] diagonal, double[] beside, double norm)
    {
        using var scope = NewDisposeScope();
        var (values, vectors) = linalg.eigh(KrylovSteps.Matrix(diagonal, beside));
        return (values[0].item<double>(), norm * Math.Abs(vectors[^1, 0].item<double>()));
    }

    private static double Norm(Tensor values)
    {
        using var scope = NewDisposeScope();
        return Math.Sqrt(values.square().sum(type: float64).item<double>());
    }
}
