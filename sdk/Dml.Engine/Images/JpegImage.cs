using SkiaSharp;

namespace Dml.Engine.Images;

/// <summary>Images as JPEG files, for eyes.</summary>
internal static class JpegImage
{
    private const int Quality = 85;

    /// <summary>Encodes an image.</summary>
    /// <param name="image">The image.</param>
    public static byte[] Encode(RgbImage image)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var pixels = bitmap.GetPixelSpan();
        for (var i = 0; i < image.Width * image.Height; i++)
        {
            image.Pixels.AsSpan(i * 3, 3).CopyTo(pixels[(i * 4)..]);
            pixels[(i * 4) + 3] = 255;
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return data.ToArray();
    }
}
