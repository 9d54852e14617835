using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Dml.Storage;

/// <summary>Moves raw values between files and tensors.</summary>
internal static class TensorBytes
{
    /// <summary>Elements that are moved at once: 64 MiB of the widest dtype.</summary>
    private const long ChunkElements = 1 << 22;

    private const long ParallelElements = 1 << 20;

    private const int CacheLine = 64;

    /// <summary>Reads values in order.</summary>
    /// <param name="source">Where from.</param>
    /// <param name="start">The first byte.</param>
    /// <param name="count">Number of values; their bytes must lie inside the source.</param>
    /// <param name="dtype">Their dtype.</param>
    /// <param name="bigEndian">Whether the most significant byte comes first.</param>
    /// <returns>(count), on the CPU.</returns>
    public static Tensor Read(ByteSource source, long start, long count, ScalarType dtype, bool bigEndian)
    {
        var values = empty(count, dtype);
        try
        {
            Fill(values, source, start, dtype, bigEndian);
            return values;
        }
        catch
        {
            values.Dispose();
            throw;
        }
    }

    /// <summary>Reads values of a form in order.</summary>
    /// <param name="source">Where from.</param>
    /// <param name="start">The first byte.</param>
    /// <param name="count">Number of values; their bytes must lie inside the source.</param>
    /// <param name="form">How they stand there, and what they become.</param>
    /// <param name="bigEndian">Whether the most significant byte comes first.</param>
    /// <returns>(count), of the form's dtype, on the CPU.</returns>
    /// <exception cref="DmlException">An unsigned number does not fit.</exception>
    public static Tensor Read(ByteSource source, long start, long count, TensorForm form, bool bigEndian)
    {
        using var scope = NewDisposeScope();
        var values = Read(source, start, count, form.StoredDtype, bigEndian);
        return Widened(values, form, source.Name).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Reads values to a place in memory that lies within its cache line as they lie in the file, which is where <see cref="Map"/> has
    /// them: the last digits of a matrix product depend on it, and so all three ways to a block of rows give the same.
    /// </summary>
    /// <param name="source">Where from.</param>
    /// <param name="start">The first byte.</param>
    /// <param name="count">Number of values, little-endian, at least 1; their bytes must lie inside the source.</param>
    /// <param name="dtype">Their dtype.</param>
    /// <returns>(count), on the CPU.</returns>
    public static Tensor ReadAligned(ByteSource source, long start, long count, ScalarType dtype)
    {
        var size = TensorForm.SizeOf(dtype);
        if (start % size != 0 || dtype == ScalarType.Bool) return Read(source, start, count, dtype, bigEndian: false);
        using var scope = NewDisposeScope();
        var room = empty(count + (CacheLine / size), dtype);
        var values = room.narrow(0, ShiftTo(start, room) / size, count);
        FillParallel(values, source, start, size);
        return values.MoveToOuterDisposeScope();
    }

    /// <summary>Reads rows of a tensor as <see cref="ReadAligned"/> reads values.</summary>
    /// <param name="source">Where from.</param>
    /// <param name="start">The tensor's first byte.</param>
    /// <param name="form">The tensor's form; of at least one dimension, and not empty.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <returns>(count, ...), on the CPU.</returns>
    public static Tensor ReadRows(ByteSource source, long start, TensorForm form, long first, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, form.Shape[0] - first);
        using var scope = NewDisposeScope();
        var row = TensorForm.Count([.. form.Shape.Skip(1)]);
        var values = ReadAligned(source, start + (first * row * form.StoredSize), count * row, form.StoredDtype);
        return Widened(values, form, source.Name).view([count, .. form.Shape.Skip(1)]).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Values of another dtype, at the place within a cache line that they have in a copy of the whole: products of a block of rows have
    /// the last digits that those of all rows have.
    /// </summary>
    /// <param name="rows">A block of rows.</param>
    /// <param name="dtype">The dtype.</param>
    /// <param name="first">The block's first row in the whole.</param>
    public static Tensor ConvertRows(Tensor rows, ScalarType dtype, long first)
    {
        if (rows.dtype == dtype || rows.numel() == 0) return rows.to(dtype);
        using var scope = NewDisposeScope();
        var size = TensorForm.SizeOf(dtype);
        var room = empty(rows.numel() + (CacheLine / size), dtype);
        var start = first * (rows.numel() / rows.shape[0]) * size;
        var converted = room.narrow(0, ShiftTo(start, room) / size, rows.numel()).view(rows.shape);
        converted.copy_(rows);
        return converted.MoveToOuterDisposeScope();
    }

    /// <summary>Reads single rows of a tensor, in any order: a few thousand bytes each, so that a file much larger than memory serves batches.</summary>
    /// <param name="source">Where from.</param>
    /// <param name="start">The tensor's first byte.</param>
    /// <param name="form">The tensor's form, little-endian; its last dimension is a row, all others count rows.</param>
    /// <param name="rows">Which.</param>
    /// <returns>(rows, columns), on the CPU.</returns>
    public static Tensor Gather(ByteSource source, long start, TensorForm form, IReadOnlyList<long> rows)
    {
        using var scope = NewDisposeScope();
        var columns = form.Shape[^1];
        var bytes = (int)(columns * form.StoredSize);
        var values = empty([rows.Count, columns], form.StoredDtype);
        foreach (var (place, row) in rows.Index())
        {
            // A row at a time: a span ends at 2 GiB.
            using var target = values.narrow(0, place, 1);
            source.Read(start + (row * bytes), target.bytes);
        }

        return Widened(values, form, source.Name).MoveToOuterDisposeScope();
    }

    /// <summary>Values in place: pages are read from the file as they are needed, and given back under pressure.</summary>
    /// <param name="path">The file; whoever shortens it while the tensor lives ends the process.</param>
    /// <param name="start">The first byte.</param>
    /// <param name="form">Their dtype, little-endian, and shape, not empty; their bytes must lie inside the file.</param>
    /// <returns>On the CPU, never to be written to; null where the values are not aligned in the file, or of no dtype of torch.</returns>
    public static Tensor? Map(string path, long start, TensorForm form)
    {
        var size = TensorForm.SizeOf(form.Dtype);
        if (!BitConverter.IsLittleEndian || start % size != 0 || form.Dtype == ScalarType.Bool || form.UnsignedSize > 0) return null;
        using var scope = NewDisposeScope();
        var file = from_file(path, false, new FileInfo(path).Length / size, form.Dtype);
        return file.narrow(0, start / size, TensorForm.Count(form.Shape)).view([.. form.Shape]).MoveToOuterDisposeScope();
    }

    /// <summary>Writes a tensor's values in row-major order, little-endian.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="tensor">Any tensor.</param>
    public static void Write(Stream stream, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var values = tensor.detach().cpu().contiguous().view(-1);
        for (var at = 0L; at < values.numel(); at += ChunkElements)
        {
            using var chunk = values.narrow(0, at, Math.Min(ChunkElements, values.numel() - at));
            stream.Write(chunk.bytes);
        }
    }

    private static Tensor Widened(Tensor values, TensorForm form, string source) =>
        form.UnsignedSize > 0 ? UnsignedNumbers.Widen(values, form.UnsignedSize, source) : values;

    private static void Fill(Tensor values, ByteSource source, long start, ScalarType dtype, bool bigEndian)
    {
        var (size, count) = (TensorForm.SizeOf(dtype), values.numel());
        for (var at = 0L; at < count; at += ChunkElements)
        {
            using var chunk = values.narrow(0, at, Math.Min(ChunkElements, count - at));
            var bytes = chunk.bytes;
            source.Read(start + (at * size), bytes);
            if (bigEndian) Swap(bytes, dtype is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64 ? size / 2 : size);
            if (dtype == ScalarType.Bool) Normalize(bytes);
        }
    }

    /// <summary>By all processors: most of the time goes into fresh pages of memory, which mapped values need too, but where they are used.</summary>
    private static void FillParallel(Tensor values, ByteSource source, long start, int size)
    {
        var pieces = SampleRange.Grid(values.numel(), ParallelElements);
        try
        {
            Parallel.For(0, pieces.Count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
            {
                using var piece = values.narrow(0, pieces[i].Start, pieces[i].Count);
                source.Read(start + (pieces[i].Start * size), piece.bytes);
            });
        }
        catch (AggregateException errors)
        {
            ExceptionDispatchInfo.Throw(errors.InnerExceptions[0]);
        }
    }

    /// <summary>Bytes from the tensor's first to one at the same place within a cache line as that of the file.</summary>
    private static long ShiftTo(long start, Tensor room)
    {
        using var first = room.narrow(0, 0, 1);
        var address = (long)Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref MemoryMarshal.GetReference(first.bytes));
        return (((start - address) % CacheLine) + CacheLine) % CacheLine;
    }

    private static void Swap(Span<byte> bytes, int size)
    {
        for (var at = 0; at + size <= bytes.Length; at += size) bytes.Slice(at, size).Reverse();
    }

    /// <summary>A bool other than 0 and 1 is undefined behaviour in libtorch.</summary>
    private static void Normalize(Span<byte> bytes)
    {
        foreach (ref var value in bytes) value = value == 0 ? (byte)0 : (byte)1;
    }
}
