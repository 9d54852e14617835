using static TorchSharp.torch;

namespace Dml.Storage;

/// <summary>
/// Unsigned whole numbers of 16, 32 and 64 bits, which torch stores but does not compute with. They are read as signed ones of their own
/// size and become the next wider signed ones: int32, and int64 for the other two.
/// </summary>
internal static class UnsignedNumbers
{
    /// <summary>The dtype that numbers of so many bytes become.</summary>
    public static ScalarType WiderThan(int size) => size == sizeof(ushort) ? ScalarType.Int32 : ScalarType.Int64;

    /// <summary>The signed dtype of so many bytes.</summary>
    public static ScalarType SignedOf(int size) => size switch
    {
        sizeof(ushort) => ScalarType.Int16,
        sizeof(uint) => ScalarType.Int32,
        _ => ScalarType.Int64,
    };

    /// <summary>The numbers that stand in signed ones of the same size.</summary>
    /// <param name="signed">As read; disposed of by the caller's scope.</param>
    /// <param name="size">Bytes of a number.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="DmlException">A number of 64 bits is larger than int64 holds.</exception>
    public static Tensor Widen(Tensor signed, int size, string source)
    {
        if (size < sizeof(ulong)) return signed.to(WiderThan(size)).bitwise_and((1L << (8 * size)) - 1);
        return signed.numel() == 0 || signed.min().item<long>() >= 0 ? signed
            : throw new DmlException($"{source}: expected unsigned numbers below 2^63, found a larger one; save them as int64 or float64.");
    }
}
