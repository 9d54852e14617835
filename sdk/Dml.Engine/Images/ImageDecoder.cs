using System.Buffers;
using System.Runtime.InteropServices;
using Dml.Storage;
using SkiaSharp;

namespace Dml.Engine.Images;

/// <summary>
/// Decodes PNG, JPEG, BMP, WebP and GIF (its first frame) to RGB as PIL's <c>convert("RGB")</c> does: gray is repeated, a palette is
/// looked up, alpha is dropped without compositing. An EXIF orientation is not applied and no colour profile either.
/// </summary>
internal static class ImageDecoder
{
    /// <summary>Most pixels of one image; a file that claims more is refused before memory is taken for it.</summary>
    public const long MaximumPixels = 1L << 28;

    /// <summary>Bytes of the largest file that is read: as many pixels uncompressed, and something for headers.</summary>
    private const long LargestFile = (4 * MaximumPixels) + (1 << 20);

    /// <summary>Decodes a file.</summary>
    /// <param name="file">Path of the image file.</param>
    /// <exception cref="DmlException">The file is missing, no image or damaged; the message names it.</exception>
    public static RgbImage Decode(string file)
    {
        using var data = SKData.CreateCopy(Read(file));
        using var codec = SKCodec.Create(data);
        if (codec is null) throw Refuse(file, "a file in none of these formats");
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if ((long)width * height > MaximumPixels) throw Refuse(file, $"one of {width} x {height} pixels, more than {MaximumPixels}");

        // No colour space in the target: the stored values come out as they are. Unpremultiplied: so do the colours under alpha.
        var target = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        // Rented: a new large array for each image costs more in garbage collection than the copy below.
        var rgba = ArrayPool<byte>.Shared.Rent(4 * width * height);
        var pin = GCHandle.Alloc(rgba, GCHandleType.Pinned);
        try
        {
            var result = codec.GetPixels(target, pin.AddrOfPinnedObject());
            if (result != SKCodecResult.Success) throw Refuse(file, $"damaged data ({result})");
            return new RgbImage(width, height, WithoutAlpha(rgba.AsSpan(0, 4 * width * height)));
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

    private static byte[] Read(string file)
    {
        try
        {
            return InputFile.ReadBytes(file, LargestFile);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DmlException(
                $"Expected a readable image file at {file}, but reading it failed ({error.Message}); correct the path or the file's permissions.", error);
        }
    }

    private static DmlException Refuse(string file, string found) =>
        new($"Expected a PNG, JPEG, BMP, WebP or GIF image, found {found} at {file}; replace the file, or set images.onDecodeError to skip to leave it out.");
}
