using System.Numerics;
using System.Runtime.InteropServices;

namespace Dml.Engine.Images;

/// <summary>
/// A hash of 128 bits of a picture, to find equal ones. It costs a small part of decoding, which a cryptographic hash does not; pictures that are
/// made to have the same hash are none of its concern. Each half multiplies eight bytes with its state to 128 bits and folds these.
/// </summary>
internal static class PixelHash
{
    private const ulong First = 0x9E3779B97F4A7C15;
    private const ulong Second = 0xD1B54A32D192ED03;

    /// <summary>Hashes size and pixels.</summary>
    /// <param name="image">The picture.</param>
    public static UInt128 Of(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var words = MemoryMarshal.Cast<byte, ulong>(image.Pixels);
        var (low, high) = (Fold(First ^ (uint)image.Width, Second ^ (uint)image.Height), Fold(Second ^ (uint)image.Width, First ^ (uint)image.Height));
        foreach (var word in words)
        {
            low = Fold(word ^ First, low ^ Second);
            high = Fold(word ^ Second, BitOperations.RotateLeft(high, 23) ^ First);
        }

        foreach (var rest in image.Pixels.AsSpan(8 * words.Length))
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
