using static TorchSharp.torch;

namespace Dml.Storage;

/// <summary>Moves raw values between files and tensors.</summary>
internal static class TensorBytes
{
    /// <summary>Elements that are moved at once: 64 MiB of the widest dtype.</summary>
    private const long ChunkElements = 1 << 22;

    /// <summary>Reads values in order.</summary>
    /// <param name="source">Where from.</param>
    /// <param name="start">The first byte.</param>
    /// <param name="count">Number of values; their bytes must lie inside the source.</param>
    /// <param name="dtype">Their dtype.</param>
    /// <param name="bigEndian">Whether the most significant byte comes first.</param>
    /// <returns>(count), on the CPU.</returns>
    public static Tensor Read(ByteSource source, long start, long count, ScalarType dtype, bool bigEndian)
    {
        var size = TensorForm.SizeOf(dtype);
        var values = empty(count, dtype);
        try
        {
            for (var at = 0L; at < count; at += ChunkElements)
            {
                using var chunk = values.narrow(0, at, Math.Min(ChunkElements, count - at));
                var bytes = chunk.bytes;
                source.Read(start + (at * size), bytes);
                if (bigEndian) Swap(bytes, dtype is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64 ? size / 2 : size);
                if (dtype == ScalarType.Bool) Normalize(bytes);
            }

            return values;
        }
        catch
        {
            values.Dispose();
            throw;
        }
    }

    /// <summary>Values in place: pages are read from the file as they are needed, and given back under pressure.</summary>
    /// <param name="path">The file; whoever shortens it while the tensor lives ends the process.</param>
    /// <param name="start">The first byte.</param>
    /// <param name="form">Their dtype, little-endian, and shape, not empty; their bytes must lie inside the file.</param>
    /// <returns>On the CPU, never to be written to; null where the values are not aligned in the file.</returns>
    public static Tensor? Map(string path, long start, TensorForm form)
    {
        var size = TensorForm.SizeOf(form.Dtype);
        if (!BitConverter.IsLittleEndian || start % size != 0 || form.Dtype == ScalarType.Bool) return null;
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
