using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dml.Engine.Images;

/// <summary>
/// PIL's antialiased bilinear resize, bit for bit (ImagingResample with a triangle filter): weights are normalised in double
/// precision and rounded to 22-bit fixed point; the horizontal pass rounds to 8 bits before the vertical one.
/// </summary>
internal static class BilinearResize
{
    private const int PrecisionBits = 22;
    private const int Half = 1 << (PrecisionBits - 1);

    /// <summary>Resizes; returns the image itself when it has the size already.</summary>
    /// <param name="image">The source.</param>
    /// <param name="width">Columns wanted, at least 1.</param>
    /// <param name="height">Rows wanted, at least 1.</param>
    public static RgbImage Resize(RgbImage image, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (width != image.Width) image = Horizontal(image, width);
        return height == image.Height ? image : Vertical(image, height);
    }

    /// <summary>Cuts a part out and resizes it, in this order, as torchvision's resized_crop does: no pixel from beside the part has a say.</summary>
    /// <param name="image">The source.</param>
    /// <param name="crop">The part; its mirror is not applied.</param>
    /// <param name="width">Columns wanted.</param>
    /// <param name="height">Rows wanted.</param>
    public static RgbImage ResizeCrop(RgbImage image, CropDraw crop, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (crop.Left == 0 && crop.Top == 0 && crop.Width == image.Width && crop.Height == image.Height) return Resize(image, width, height);
        return Resize(image.Part(crop.Left, crop.Top, crop.Width, crop.Height), width, height);
    }

    private static RgbImage Horizontal(RgbImage image, int width)
    {
        var taps = Taps.For(image.Width, width);
        var result = GC.AllocateUninitializedArray<byte>(3 * width * image.Height);
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var weights = taps.Of(x);
                var from = 3 * ((y * image.Width) + taps.First[x]);

                // Three colours and a fourth byte at a time, which the last pixel of all does not have.
                var sum = Vector128.Create(Half);
                var (k, whole) = (0, Math.Min(weights.Length, (image.Pixels.Length - from - 1) / 3));
                for (; k < whole; k++)
                {
                    var bytes = Vector128.CreateScalar(MemoryMarshal.Read<uint>(image.Pixels.AsSpan(from + (3 * k)))).AsByte();
                    sum += Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32() * weights[k];
                }

                var (red, green, blue) = (sum[0], sum[1], sum[2]);
                for (; k < weights.Length; k++)
                {
                    var at = from + (3 * k);
                    red += image.Pixels[at] * weights[k];
                    green += image.Pixels[at + 1] * weights[k];
                    blue += image.Pixels[at + 2] * weights[k];
                }

                var to = 3 * ((y * width) + x);
                (result[to], result[to + 1], result[to + 2]) = (Clip(red), Clip(green), Clip(blue));
            }
        }

        return new RgbImage(width, image.Height, result);
    }

    private static RgbImage Vertical(RgbImage image, int height)
    {
        var taps = Taps.For(image.Height, height);
        var stride = 3 * image.Width;
        var result = GC.AllocateUninitializedArray<byte>(stride * height);
        for (var y = 0; y < height; y++)
        {
            var weights = taps.Of(y);
            var rows = image.Pixels.AsSpan(taps.First[y] * stride);
            var target = result.AsSpan(y * stride, stride);
            var i = 0;
            for (; i <= stride - Vector128<byte>.Count; i += Vector128<byte>.Count)
            {
                var (a, b, c, d) = (Vector128.Create(Half), Vector128.Create(Half), Vector128.Create(Half), Vector128.Create(Half));
                for (var k = 0; k < weights.Length; k++)
                {
                    var (low, high) = Vector128.Widen(Vector128.Create<byte>(rows.Slice((k * stride) + i, Vector128<byte>.Count)));
                    a += Vector128.WidenLower(low).AsInt32() * weights[k];
                    b += Vector128.WidenUpper(low).AsInt32() * weights[k];
                    c += Vector128.WidenLower(high).AsInt32() * weights[k];
                    d += Vector128.WidenUpper(high).AsInt32() * weights[k];
                }

                Vector128.Narrow(Vector128.Narrow(Levels(a), Levels(b)), Vector128.Narrow(Levels(c), Levels(d))).CopyTo(target[i..]);
            }

            for (; i < stride; i++)
            {
                var sum = Half;
                for (var k = 0; k < weights.Length; k++) sum += rows[(k * stride) + i] * weights[k];
                target[i] = Clip(sum);
            }
        }

        return new RgbImage(image.Width, height, result);
    }

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> PrecisionBits, 0, 255);

    private static Vector128<uint> Levels(Vector128<int> sums) =>
        Vector128.Clamp(Vector128.ShiftRightArithmetic(sums, PrecisionBits), Vector128<int>.Zero, Vector128.Create(255)).AsUInt32();

    /// <summary>Which source pixels make a target pixel, and how much each.</summary>
    private sealed record Taps(int[] First, int[] Count, int[] Weights, int Stride)
    {
        public ReadOnlySpan<int> Of(int target) => Weights.AsSpan(target * Stride, Count[target]);

        public static Taps For(int source, int target)
        {
            var scale = (double)source / target;
            var support = Math.Max(scale, 1.0);
            var stride = ((int)Math.Ceiling(support) * 2) + 1;
            var taps = new Taps(new int[target], new int[target], new int[target * stride], stride);
            var raw = new double[stride];
            for (var i = 0; i < target; i++)
            {
                var centre = (i + 0.5) * scale;
                var first = Math.Max((int)(centre - support + 0.5), 0);
                var count = Math.Min((int)(centre + support + 0.5), source) - first;
                var sum = 0.0;
                for (var k = 0; k < count; k++)
                {
                    raw[k] = Math.Max(1.0 - Math.Abs((k + first - centre + 0.5) * (1.0 / support)), 0.0);
                    sum += raw[k];
                }

                for (var k = 0; k < count; k++) taps.Weights[(i * stride) + k] = (int)(0.5 + (raw[k] / sum * (1 << PrecisionBits)));
                (taps.First[i], taps.Count[i]) = (first, count);
            }

            return taps;
        }
    }
}
