using Dml.Tests.Support;
using SkiaSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Onnx;

/// <summary>Windows of six photographs.</summary>
internal static class Photographs
{
    public const int Count = 6;

    /// <summary>The trained network that a package holds.</summary>
    public static string ResNet18 { get; } = (string)AppContext.GetData("Dml.ResNet18")!;

    /// <summary>Writes windows as a tree of class folders, a photograph a class: half of it along a row, half along another.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="windows">Windows of each photograph.</param>
    /// <param name="side">Side of a window in the photograph, in pixels.</param>
    public static void WriteTree(string root, int windows, int side)
    {
        for (var photo = 0; photo < Count; photo++)
        {
            using var whole = Decode(photo);
            var folder = Directory.CreateDirectory(Path.Combine(root, $"photo{photo + 1}")).FullName;
            for (var i = 0; i < windows; i++)
            {
                var rows = (windows + 1) / 2;
                var (left, top) = ((whole.Width - side) * (i % rows) / Math.Max(rows - 1, 1), (whole.Height - side) * (i / rows));
                using var window = new SKBitmap();
                Assert.True(whole.ExtractSubset(window, SKRectI.Create(left, top, side, side)));
                using var data = window.Encode(SKEncodedImageFormat.Png, 100);
                File.WriteAllBytes(Path.Combine(folder, $"{i:00}.png"), data.ToArray());
            }
        }
    }

    /// <summary>The middle of each photograph.</summary>
    /// <returns>(6, 3, side, side), float32 in 0..255, blue, green, red without the means of ImageNet, as the network was trained.</returns>
    public static Tensor Middles(int side)
    {
        var values = new float[Count * 3 * side * side];
        float[] means = [103.939f, 116.779f, 123.68f];
        for (var photo = 0; photo < Count; photo++)
        {
            using var whole = Decode(photo);
            for (var y = 0; y < side; y++)
            {
                for (var x = 0; x < side; x++)
                {
                    var pixel = whole.GetPixel(((whole.Width - side) / 2) + x, ((whole.Height - side) / 2) + y);
                    float[] colours = [pixel.Blue, pixel.Green, pixel.Red];
                    for (var c = 0; c < 3; c++) values[(((((photo * 3) + c) * side) + y) * side) + x] = colours[c] - means[c];
                }
            }
        }

        return tensor(values).reshape(Count, 3, side, side);
    }

    private static SKBitmap Decode(int photo) => SKBitmap.Decode(Fixtures.Path("photographs", $"photo{photo + 1}.jpg"));
}
