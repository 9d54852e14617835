using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>A reused buffer of rows in an <see cref="CentredScale"/>, in the precision that they are multiplied in.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class CentredRows<T> : IDisposable where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int ChunkRows = 64;

    private readonly int _size;
    private readonly Tensor _values;

    /// <param name="capacity">Most rows.</param>
    /// <param name="size">E.</param>
    public CentredRows(int capacity, int size)
    {
        _size = size;
        _values = empty(capacity, size, typeof(T) == typeof(float) ? ScalarType.Float32 : ScalarType.Float64);
        SquaredNorms = new double[capacity];
    }

    /// <summary>Squared norms of the rows, computed in float64.</summary>
    public double[] SquaredNorms { get; }

    /// <summary>Some of the rows, as a view.</summary>
    public Tensor Rows(int first, int count) => _values.narrow(0, first, count);

    /// <summary>Puts rows into the frame.</summary>
    /// <param name="source">(n, E), float32 or float64, contiguous, on the CPU.</param>
    /// <param name="frame">The frame.</param>
    public void Fill(Tensor source, CentredScale frame)
    {
        var count = (int)source.shape[0];
        Parallel.For(0, (count + ChunkRows - 1) / ChunkRows, AllCores.Loop, chunk =>
        {
            var input = new Float64Rows(source);
            var output = MemoryMarshal.Cast<byte, T>(_values.bytes);
            var row = new double[_size];
            for (var i = chunk * ChunkRows; i < Math.Min(count, (chunk + 1) * ChunkRows); i++)
            {
                input.Read(i, row);
                SquaredNorms[i] = frame.Apply(row);
                var target = output.Slice(i * _size, _size);
                if (typeof(T) == typeof(float)) Vectors.Narrow(row, MemoryMarshal.Cast<T, float>(target));
                else row.CopyTo(MemoryMarshal.Cast<T, double>(target));
            }
        });
    }

    public void Dispose() => _values.Dispose();
}
