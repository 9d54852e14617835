using Dml.Numerics;

namespace Dml.Engine.Images;

/// <summary>One random crop of an image, in pixels of the original.</summary>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Mirror">Whether it is mirrored left to right after resizing.</param>
internal readonly record struct CropDraw(int Left, int Top, int Width, int Height, bool Mirror)
{
    private const int Attempts = 10;

    /// <summary>
    /// Draws by the rule of torchvision's RandomResizedCrop: ten attempts at an area uniform in the range of scales and an aspect whose
    /// logarithm is uniform in the range of ratios; then the largest central crop of an allowed aspect. A pure function of its arguments.
    /// </summary>
    /// <param name="options">Ranges of scale and ratio, and whether to mirror.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="index">The sample's index in the training split.</param>
    public static CropDraw Of(AugmentationOptions options, int width, int height, long seed, int epoch, int index)
    {
        ArgumentNullException.ThrowIfNull(options);
        var random = new CounterRandom(seed, epoch, index);
        var area = (double)width * height;
        var (least, most) = (Math.Log(options.CropRatioMinimum), Math.Log(options.CropRatioMaximum));
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var target = area * random.NextBetween(options.CropScaleMinimum, options.CropScaleMaximum);
            var ratio = Math.Exp(random.NextBetween(least, most));
            var (columns, rows) = (Round(Math.Sqrt(target * ratio)), Round(Math.Sqrt(target / ratio)));
            if (columns < 1 || columns > width || rows < 1 || rows > height) continue;
            var top = random.NextBelow(height - rows + 1);
            return new(random.NextBelow(width - columns + 1), top, columns, rows, Mirrors(options, ref random));
        }

        return Central(options, width, height, Mirrors(options, ref random));
    }

    private static CropDraw Central(AugmentationOptions options, int width, int height, bool mirror)
    {
        var aspect = (double)width / height;
        var columns = aspect > options.CropRatioMaximum ? Math.Clamp(Round(height * options.CropRatioMaximum), 1, width) : width;
        var rows = aspect < options.CropRatioMinimum ? Math.Clamp(Round(width / options.CropRatioMinimum), 1, height) : height;
        return new((width - columns) / 2, (height - rows) / 2, columns, rows, mirror);
    }

    private static bool Mirrors(AugmentationOptions options, ref CounterRandom random) => options.HorizontalFlip && random.NextBits() >> 63 == 1;

    /// <summary>Halves go to the even number, as Python rounds.</summary>
    private static int Round(double value) => (int)Math.Round(value, MidpointRounding.ToEven);
}
