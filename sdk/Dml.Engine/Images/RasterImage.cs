using System.Buffers;
using System.Runtime.InteropServices;
using SkiaSharp;

namespace Dml.Engine.Images;

/// <summary>PNG, JPEG, BMP, WebP and GIF.</summary>
internal static class RasterImage
{
    /// <summary>Decodes a file in memory.</summary>
    /// <param name="bytes">The whole file; a mark in it may be changed.</param>
    /// <exception cref="InvalidDataException">It is none of these or damaged; the message completes "found ...".</exception>
    public static DecodedImage Decode(byte[] bytes)
    {
        GifTransparency.Clear(bytes);
        using var data = SKData.CreateCopy(bytes);
        using var codec = SKCodec.Create(data) ?? throw new InvalidDataException("a file in none of these formats");
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        ImageDecoder.RequireSize(width, height);

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
            return new(new RgbImage(width, height, WithoutAlpha(rgba.AsSpan(0, 4 * width * height))), orientation);
        }
        finally
        {
            pin.Free();
            ArrayPool<byte>.Shared.Return(rgba);
        }
    }

    private static byte[] WithoutAlpha(ReadOnlySpan<byte> rgba)
    {
        var rgb = GC.AllocateUninitializedArray<byte>(rgba.Length / 4 * 3);
        for (int from = 0, to = 0; to < rgb.Length; from += 4, to += 3)
        {
            rgb[to] = rgba[from];
            rgb[to + 1] = rgba[from + 1];
            rgb[to + 2] = rgba[from + 2];
        }

        return rgb;
    }
}
