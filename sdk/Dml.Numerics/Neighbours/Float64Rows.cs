using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>Rows of a float32 or float64 tensor, read in place and always as float64.</summary>
internal readonly ref struct Float64Rows
{
    private readonly ReadOnlySpan<float> _single;
    private readonly ReadOnlySpan<double> _double;
    private readonly int _size;

    /// <param name="rows">(n, E), float32 or float64, contiguous, on the CPU; it must outlive this.</param>
    public Float64Rows(Tensor rows)
    {
        (Count, _size) = ((int)rows.shape[0], (int)rows.shape[1]);
        if (rows.dtype == ScalarType.Float32) _single = MemoryMarshal.Cast<byte, float>(rows.bytes);
        else _double = MemoryMarshal.Cast<byte, double>(rows.bytes);
    }

    /// <summary>Number of rows.</summary>
    public int Count { get; }

    /// <summary>Copies a row.</summary>
    public void Read(int row, Span<double> target)
    {
        if (_double.IsEmpty) Vectors.Widen(_single.Slice(row * _size, _size), target);
        else _double.Slice(row * _size, _size).CopyTo(target);
    }

    /// <summary>
    /// ||query - row||^2 by differences. The order of additions is fixed, and the same for both dtypes and all processors, so equal
    /// rows have equal distances to the last bit.
    /// </summary>
    public double SquaredDistance(ReadOnlySpan<double> query, int row) => _double.IsEmpty
        ? SquaredDistance(query, _single.Slice(row * _size, _size))
        : SquaredDistance(query, _double.Slice(row * _size, _size));

    private static double SquaredDistance(ReadOnlySpan<double> query, ReadOnlySpan<double> row)
    {
        var queries = MemoryMarshal.Cast<double, Vector256<double>>(query);
        var rows = MemoryMarshal.Cast<double, Vector256<double>>(row);
        var (even, odd) = (Vector256<double>.Zero, Vector256<double>.Zero);
        for (var i = 0; i + 1 < queries.Length; i += 2)
        {
            var (first, second) = (queries[i] - rows[i], queries[i + 1] - rows[i + 1]);
            even += first * first;
            odd += second * second;
        }

        var sum = Sum(even + odd);
        for (var e = queries.Length / 2 * 2 * Vector256<double>.Count; e < query.Length; e++)
        {
            var difference = query[e] - row[e];
            sum += difference * difference;
        }

        return sum;
    }

    private static double SquaredDistance(ReadOnlySpan<double> query, ReadOnlySpan<float> row)
    {
        var queries = MemoryMarshal.Cast<double, Vector256<double>>(query);
        var rows = MemoryMarshal.Cast<float, Vector256<float>>(row);
        var (even, odd) = (Vector256<double>.Zero, Vector256<double>.Zero);
        for (var i = 0; i < rows.Length; i++)
        {
            var (lower, upper) = Vector256.Widen(rows[i]);
            var (first, second) = (queries[2 * i] - lower, queries[(2 * i) + 1] - upper);
            even += first * first;
            odd += second * second;
        }

        var sum = Sum(even + odd);
        for (var e = rows.Length * Vector256<float>.Count; e < query.Length; e++)
        {
            var difference = query[e] - row[e];
            sum += difference * difference;
        }

        return sum;
    }

    private static double Sum(Vector256<double> x) => x[0] + x[1] + (x[2] + x[3]);
}
