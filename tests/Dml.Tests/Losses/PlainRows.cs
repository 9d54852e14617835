using static TorchSharp.torch;

namespace Dml.Tests.Losses;

/// <summary>Tensors as plain arrays for the scalar oracles, and central differences.</summary>
internal static class PlainRows
{
    /// <summary>The rows of a matrix.</summary>
    public static double[][] Of(Tensor matrix) =>
        [.. Enumerable.Range(0, (int)matrix.shape[0]).Select(i => matrix[i].detach().to(float64).data<double>().ToArray())];

    /// <summary>Cosine of two vectors.</summary>
    public static double Cosine(double[] a, double[] b)
    {
        var (dot, normA, normB) = (0.0, 0.0, 0.0);
        for (var i = 0; i < a.Length; i++)
        {
            dot += a[i] * b[i];
            normA += a[i] * a[i];
            normB += b[i] * b[i];
        }

        return dot / Math.Sqrt(normA * normB);
    }

    /// <summary>Compares every element of a float64 gradient with the central difference.</summary>
    public static void AssertCentral(Func<Tensor> value, Tensor at, Tensor gradient, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        for (var i = 0; i < at.shape[0]; i++)
        {
            for (var j = 0; j < at.shape[1]; j++)
            {
                var here = at[i, j].item<double>();
                at[i, j] = here + 1e-6;
                var up = value().item<double>();
                at[i, j] = here - 1e-6;
                var down = value().item<double>();
                at[i, j] = here;
                Assert.Equal((up - down) / 2e-6, gradient[i, j].item<double>(), tolerance);
            }
        }
    }

    /// <summary>Greatest difference over the greatest expected value.</summary>
    public static double RelativeError(Tensor expected, Tensor actual)
    {
        using var scope = NewDisposeScope();
        return ((actual.to(float64) - expected.to(float64)).abs().max() / expected.to(float64).abs().max()).item<double>();
    }
}
