using Dml.Engine.Images;
using Dml.Numerics;
using SkiaSharp;

namespace Dml.Tests.Support;

/// <summary>Small pictures of noise, each of its own number: equal numbers give equal pixels.</summary>
internal static class Pictures
{
    public static void Write(TemporaryFolder folder, string name, int number, int width = 16, int height = 16)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
        File.WriteAllBytes(folder.File(name), Png(Noise(number, width, height)));
    }

    public static RgbImage Noise(int number, int width, int height)
    {
        var random = new CounterRandom(number, 0, 0);
        var pixels = new byte[3 * width * height];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)random.NextBelow(256);
        return new(width, height, pixels);
    }

    public static byte[] Png(RgbImage image)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
            {
                var at = 3 * ((y * image.Width) + x);
                bitmap.SetPixel(x, y, new(image.Pixels[at], image.Pixels[at + 1], image.Pixels[at + 2]));
            }
        }

        return bitmap.Encode(SKEncodedImageFormat.Png, 100).ToArray();
    }
}
