using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>The steps of conjugate gradients of one target, which hold a tridiagonal matrix whose eigenvalues approach those of H + lambda I.</summary>
internal sealed class KrylovSteps
{
    private readonly List<(double Length, double Ratio)> _steps = [];

    /// <summary>Iterations.</summary>
    public int Count => _steps.Count;

    /// <summary>Keeps a step.</summary>
    /// <param name="length">How far it went along the direction.</param>
    /// <param name="ratio">Squared residual after it over that before it.</param>
    public void Add(double length, double ratio) => _steps.Add((length, ratio));

    /// <summary>Largest over smallest eigenvalue of the tridiagonal matrix: a lower bound that tightens with the steps. Null without steps.</summary>
    public double? Condition()
    {
        if (Count == 0) return null;
        var (diagonal, beside) = (new double[Count], new double[Count - 1]);
        for (var i = 0; i < Count; i++)
        {
            diagonal[i] = (1 / _steps[i].Length) + (i == 0 ? 0 : _steps[i - 1].Ratio / _steps[i - 1].Length);
            if (i + 1 < Count) beside[i] = Math.Sqrt(_steps[i].Ratio) / _steps[i].Length;
        }

        var values = Eigenvalues(diagonal, beside);
        return values[0] > 0 ? values[^1] / values[0] : null;
    }

    /// <summary>Eigenvalues of a symmetric tridiagonal matrix, ascending.</summary>
    public static double[] Eigenvalues(double[] diagonal, double[] beside)
    {
        using var scope = NewDisposeScope();
        return linalg.eigvalsh(Matrix(diagonal, beside)).Values<double>();
    }

    /// <summary>The symmetric tridiagonal matrix, float64.</summary>
    public static Tensor Matrix(double[] diagonal, double[] beside)
    {
        var size = diagonal.Length;
        var values = new double[size * size];
        for (var i = 0; i < size; i++)
        {
            values[(i * size) + i] = diagonal[i];
            if (i + 1 < size) values[(i * size) + i + 1] = values[((i + 1) * size) + i] = beside[i];
        }

        return tensor(values, [size, size]);
    }
}
