using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>Matrices of independent normal numbers, each row a pure function of its key, so that rows can be drawn again instead of kept.</summary>
internal static class NormalDraws
{
    /// <summary>Some rows, made in parallel.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="stream">Separates matrices.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="deviation">Standard deviation.</param>
    /// <param name="device">Where they are to lie.</param>
    /// <returns>(n, width), float64.</returns>
    public static Tensor Rows(long seed, long stream, SampleRange rows, long width, double deviation, Device device)
    {
        using var scope = NewDisposeScope();
        var values = new double[rows.Count * width];
        Parallel.For(0, rows.Count, AllCores.Loop, row =>
        {
            var random = new CounterRandom(seed, stream, rows.Start + row);
            var own = values.AsSpan((int)(row * width), (int)width);
            for (var i = 0; i < own.Length; i++) own[i] = deviation * random.NextNormal();
        });
        return tensor(values, [rows.Count, width]).to(device).MoveToOuterDisposeScope();
    }
}
