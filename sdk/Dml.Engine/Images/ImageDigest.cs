using Dml.Numerics;

namespace Dml.Engine.Images;

/// <summary>What an audit keeps of an image once it was decoded.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Content">A hash of the size and the pixels: equal for equal images, whatever files they are in.</param>
/// <param name="Gray">Luma (299 R + 587 G + 114 B) / 1000 at 96 x 96, rows from the top.</param>
/// <param name="Mean">Mean of the luma, 0 to 255.</param>
/// <param name="Deviation">Its standard deviation.</param>
/// <param name="Sharpness">
/// ln of the variance of the Laplacian over that of the luma, both with 1 added, at no more than 128 x 128 pixels: low for a blurred
/// image, whatever its contrast.
/// </param>
internal sealed record ImageDigest(int Width, int Height, UInt128 Content, byte[] Gray, double Mean, double Deviation, double Sharpness)
{
    private const int SharpSide = 128;

    /// <summary>Digests a decoded image.</summary>
    public static ImageDigest Of(RgbImage image)
    {
        var medium = BilinearResize.Resize(image, Math.Min(image.Width, SharpSide), Math.Min(image.Height, SharpSide));
        var luma = Luma(medium);
        var (mean, variance) = Moments([.. luma.Select(level => (int)level)]);
        var (_, edges) = Moments(Laplacian(luma, medium.Width, medium.Height));
        return new(
            image.Width, image.Height, ContentHash.Of(image), Luma(BilinearResize.Resize(image, CopySearch.Side, CopySearch.Side)),
            mean, Math.Sqrt(variance), Math.Log((edges + 1) / (variance + 1)));
    }

    private static byte[] Luma(RgbImage image)
    {
        var luma = new byte[image.Width * image.Height];
        for (var i = 0; i < luma.Length; i++)
        {
            luma[i] = (byte)(((299 * image.Pixels[3 * i]) + (587 * image.Pixels[(3 * i) + 1]) + (114 * image.Pixels[(3 * i) + 2]) + 500) / 1000);
        }

        return luma;
    }

    /// <summary>Sum of the four neighbours less four times the pixel, where all four are there.</summary>
    private static int[] Laplacian(byte[] luma, int width, int height)
    {
        var values = new List<int>(luma.Length);
        for (var y = 1; y < height - 1; y++)
        {
            for (var at = (y * width) + 1; at < ((y + 1) * width) - 1; at++)
            {
                values.Add(luma[at - 1] + luma[at + 1] + luma[at - width] + luma[at + width] - (4 * luma[at]));
            }
        }

        return [.. values];
    }

    private static (double Mean, double Variance) Moments(int[] values)
    {
        if (values.Length == 0) return (0, 0);
        double sum = 0, squares = 0;
        foreach (var value in values)
        {
            sum += value;
            squares += (double)value * value;
        }

        var mean = sum / values.Length;
        return (mean, Math.Max(0, (squares / values.Length) - (mean * mean)));
    }
}
