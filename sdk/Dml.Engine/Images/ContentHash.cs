using System.Numerics;
using System.Runtime.InteropServices;

namespace Dml.Engine.Images;

/// <summary>
/// A hash of 128 bits, to find equal pictures and equal features. It costs a small part of decoding, which a cryptographic hash does not; contents that
/// are made to have the same hash are none of its concern. Each half multiplies eight bytes with its state to 128 bits and folds these.
/// </summary>
internal static class ContentHash
{
    private const ulong First = 0x9E3779B97F4A7C15;
    private const ulong Second = 0xD1B54A32D192ED03;

    /// <summary>Hashes size and pixels.</summary>
    /// <param name="image">The picture.</param>
    public static UInt128 Of(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Of(image.Pixels, (uint)image.Width, (uint)image.Height);
    }

    /// <summary>Hashes bytes and two numbers that say of what form they are.</summary>
    /// <param name="bytes">The content.</param>
    /// <param name="width">The first number.</param>
    /// <param name="height">The second number.</param>
    public static UInt128 Of(ReadOnlySpan<byte> bytes, uint width, uint height)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        var (low, high) = (Fold(First ^ width, Second ^ height), Fold(Second ^ width, First ^ height));
        foreach (var word in words)
        {
            low = Fold(word ^ First, low ^ Second);
            high = Fold(word ^ Second, BitOperations.RotateLeft(high, 23) ^ First);
        }

        foreach (var rest in bytes[(8 * words.Length)..])
        {
            low = Fold(rest ^ First, low ^ Second);
            high = Fold(rest ^ Second, BitOperations.RotateLeft(high, 23) ^ First);
        }

        return new(high, low);
    }

    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }
}
