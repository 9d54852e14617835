namespace Dml.Host.Images;

/// <summary>Turns resized images into the float input of a backbone, for evaluation or for training. Free of state and safe on any thread.</summary>
public sealed class ImageTransform
{
    private readonly AugmentationOptions _augmentation;
    private readonly float[] _normalized = new float[3 * 256];
    private readonly float[] _gain = new float[3];
    private readonly float[] _offset = new float[3];

    /// <summary>Makes the transform.</summary>
    /// <param name="options">Sizes and strengths.</param>
    /// <param name="normalization">Of the backbone.</param>
    public ImageTransform(ImageOptions options, InputNormalization normalization)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(normalization);
        if (normalization.Mean.Count != 3 || normalization.Std.Count != 3 || normalization.Std.Any(s => !(s > 0)))
        {
            throw new DmlException(
                $"Expected a backbone's input normalisation to be three means and three positive deviations, found means {string.Join(", ", normalization.Mean)} and deviations {string.Join(", ", normalization.Std)}; correct the backbone's options.");
        }

        (Size, _augmentation) = (options.Size, options.Augmentation);
        for (var channel = 0; channel < 3; channel++)
        {
            var (mean, std) = (normalization.Mean[channel], normalization.Std[channel]);
            (_gain[channel], _offset[channel]) = (1 / (255 * std), -mean / std);
            for (var level = 0; level < 256; level++) _normalized[(channel * 256) + level] = ((level / 255f) - mean) / std;
        }
    }

    /// <summary>S, the side of the network input in pixels.</summary>
    public int Size { get; }

    /// <summary>Floats of one transformed image, 3 S S.</summary>
    public int Length => 3 * Size * Size;

    /// <summary>The evaluation view: centre crop, then <c>(pixel / 255 - mean) / std</c>.</summary>
    /// <param name="resized">An image of at least S x S pixels.</param>
    /// <param name="destination">(3, S, S), row by row.</param>
    public void Evaluate(RgbImage resized, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(resized);
        Crop(resized, ImageGeometry.CropStart(resized.Width, Size), ImageGeometry.CropStart(resized.Height, Size), Size, Size, destination);
    }

    /// <summary>The whole image without a crop, normalised in the same way.</summary>
    /// <param name="resized">The image.</param>
    /// <param name="destination">(3, H, W), row by row.</param>
    public void Whole(RgbImage resized, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(resized);
        Crop(resized, 0, 0, resized.Width, resized.Height, destination);
    }

    /// <summary>The training view: the evaluation view seen through a random affine map, sampled bilinearly, then normalised.</summary>
    /// <param name="resized">An image of at least S x S pixels.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="index">The sample's index in the training split.</param>
    /// <param name="destination">(3, S, S), row by row.</param>
    public void Augment(RgbImage resized, long seed, int epoch, int index, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(resized);
        var map = AffineDraw.Of(_augmentation, Size, seed, epoch, index);
        var half = (Size - 1) / 2.0;
        var (centreX, centreY) = (ImageGeometry.CropStart(resized.Width, Size) + half, ImageGeometry.CropStart(resized.Height, Size) + half);
        var sampler = new BorderedSampler(resized);
        var plane = Size * Size;
        Span<float> colour = stackalloc float[3];
        for (int row = 0, to = 0; row < Size; row++)
        {
            var y = row - half;
            for (var column = 0; column < Size; column++, to++)
            {
                var x = column - half;
                sampler.Sample(
                    (float)((map.A * x) + (map.B * y) + map.C + centreX),
                    (float)((map.D * x) + (map.E * y) + map.F + centreY),
                    colour);
                destination[to] = (colour[0] * _gain[0]) + _offset[0];
                destination[to + plane] = (colour[1] * _gain[1]) + _offset[1];
                destination[to + (2 * plane)] = (colour[2] * _gain[2]) + _offset[2];
            }
        }
    }

    private void Crop(RgbImage image, int left, int top, int width, int height, Span<float> destination)
    {
        var plane = width * height;
        for (int row = 0, to = 0; row < height; row++)
        {
            var from = 3 * (((top + row) * image.Width) + left);
            for (var column = 0; column < width; column++, to++, from += 3)
            {
                destination[to] = _normalized[image.Pixels[from]];
                destination[to + plane] = _normalized[256 + image.Pixels[from + 1]];
                destination[to + (2 * plane)] = _normalized[512 + image.Pixels[from + 2]];
            }
        }
    }
}
