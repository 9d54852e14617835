using static TorchSharp.torch;

namespace Dml.Storage;

/// <summary>What a tensor in a file is, before it is read.</summary>
/// <param name="Dtype">Its dtype.</param>
/// <param name="Shape">Its shape; empty for a scalar.</param>
public record TensorForm(ScalarType Dtype, IReadOnlyList<long> Shape)
{
    /// <summary>Dimensions that no real array exceeds and that every operation of torch takes.</summary>
    internal const int MostDimensions = 32;

    /// <summary>Bytes of each number in the file where these are unsigned and <see cref="Dtype"/> is what they become; else 0.</summary>
    internal int UnsignedSize { get; init; }

    /// <summary>Bytes of an element in the file.</summary>
    internal int StoredSize => UnsignedSize > 0 ? UnsignedSize : SizeOf(Dtype);

    /// <summary>The dtype that the bytes of the file are read as.</summary>
    internal ScalarType StoredDtype => UnsignedSize > 0 ? UnsignedNumbers.SignedOf(UnsignedSize) : Dtype;

    /// <summary>The form in words: <c>Float32 (64, 3, 7, 7)</c>.</summary>
    public sealed override string ToString() => $"{Dtype} ({string.Join(", ", Shape)})";

    /// <summary>Bytes of an element.</summary>
    internal static int SizeOf(ScalarType dtype) => dtype switch
    {
        ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool => 1,
        ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
        ScalarType.Int32 or ScalarType.Float32 => 4,
        ScalarType.Int64 or ScalarType.Float64 or ScalarType.ComplexFloat32 => 8,
        ScalarType.ComplexFloat64 => 16,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "no such number type"),
    };

    /// <summary>
    /// Number of elements, or -1 where a size is negative, there are too many dimensions, or their product does not fit: also of a
    /// tensor that is empty, since strides are products of the other sizes.
    /// </summary>
    internal static long Count(IReadOnlyList<long> shape)
    {
        if (shape.Count > MostDimensions) return -1;
        var (product, empty) = ((Int128)1, false);
        foreach (var size in shape)
        {
            if (size < 0) return -1;
            empty |= size == 0;
            product *= Math.Max(size, 1);
            if (product > long.MaxValue / 16) return -1;
        }

        return empty ? 0 : (long)product;
    }
}
