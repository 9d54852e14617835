using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SkiaSharp;

namespace Dml.Engine.Images;

/// <summary>PNG, JPEG, BMP, WebP and GIF.</summary>
internal static class RasterImage
{
    /// <summary>Decodes a file in memory.</summary>
    /// <param name="bytes">The whole file; a mark in it may be changed.</param>
    /// <param name="leastSide">Pixels that the shorter side of a JPEG must keep; null for all of it. Other formats come whole.</param>
    /// <exception cref="InvalidDataException">It is none of these or damaged; the message completes "found ...".</exception>
    public static DecodedImage Decode(byte[] bytes, int? leastSide = null)
    {
        GifTransparency.Clear(bytes);
        using var data = SKData.CreateCopy(bytes);
        using var codec = SKCodec.Create(data) ?? throw new InvalidDataException("a file in none of these formats");
        ImageDecoder.RequireSize(codec.Info.Width, codec.Info.Height);
        var (width, height) = Kept(codec, leastSide);

        // No colour space in the target: the stored values come out as they are. Unpremultiplied: so do the colours under alpha.
        var target = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        // Rented: a new large array for each image costs more in garbage collection than the copy below.
        var rgba = ArrayPool<byte>.Shared.Rent(4 * width * height);
        var pin = GCHandle.Alloc(rgba, GCHandleType.Pinned);
        try
        {
            var result = codec.GetPixels(target, pin.AddrOfPinnedObject());
            if (result != SKCodecResult.Success) throw new InvalidDataException($"damaged data ({result})");
            var orientation = codec.EncodedFormat == SKEncodedImageFormat.Png ? ExifOrientation.OfPng(bytes) : (int)codec.EncodedOrigin;
            return new(new RgbImage(width, height, WithoutAlpha(rgba.AsSpan(0, 4 * width * height))), orientation)
            {
                Size = (codec.Info.Width, codec.Info.Height),
            };
        }
        finally
        {
            pin.Free();
            ArrayPool<byte>.Shared.Return(rgba);
        }
    }

    /// <summary>The fewest eighths that keep the shorter side: the inverse transform then takes so many of a block's eight frequencies.</summary>
    private static (int Width, int Height) Kept(SKCodec codec, int? leastSide)
    {
        if (leastSide is { } least && codec.EncodedFormat == SKEncodedImageFormat.Jpeg)
        {
            for (var eighths = 1; eighths < 8; eighths++)
            {
                var size = codec.GetScaledDimensions(eighths / 8f);
                if (Math.Min(size.Width, size.Height) >= least) return (size.Width, size.Height);
            }
        }

        return (codec.Info.Width, codec.Info.Height);
    }

    private static byte[] WithoutAlpha(ReadOnlySpan<byte> rgba)
    {
        var rgb = GC.AllocateUninitializedArray<byte>(rgba.Length / 4 * 3);
        var (from, to) = (0, 0);
        var colours = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15, 15, 15, 15);

        // Four pixels at a time; what is written beyond their twelve bytes is written over by the next.
        for (; to + Vector128<byte>.Count <= rgb.Length; from += 16, to += 12)
        {
            Vector128.Shuffle(Vector128.Create(rgba.Slice(from, Vector128<byte>.Count)), colours).CopyTo(rgb, to);
        }

        for (; to < rgb.Length; from += 4, to += 3)
        {
            rgb[to] = rgba[from];
            rgb[to + 1] = rgba[from + 1];
            rgb[to + 2] = rgba[from + 2];
        }

        return rgb;
    }
}
