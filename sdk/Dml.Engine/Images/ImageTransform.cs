using Dml.Numerics;

namespace Dml.Engine.Images;

/// <summary>Turns images into the float input of a backbone, for evaluation, influence or training. Free of state and safe on any thread.</summary>
internal sealed class ImageTransform
{
    private readonly ImageOptions _options;
    private readonly float[] _normalized = new float[3 * 256];
    private readonly float[] _gain = new float[3];
    private readonly float[] _offset = new float[3];
    private readonly int _redPlane;

    /// <summary>Makes the transform.</summary>
    /// <param name="options">Sizes, views and strengths.</param>
    /// <param name="normalization">Of the backbone.</param>
    public ImageTransform(ImageOptions options, InputNormalization normalization)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(normalization);
        if (normalization.Mean.Count != 3 || normalization.Std.Count != 3 || normalization.Std.Any(s => !(s > 0)))
        {
            throw new DmlException(
                "Expected a backbone's input normalisation to be three means and three positive deviations, found "
                    + $"means {string.Join(", ", normalization.Mean)} and deviations {string.Join(", ", normalization.Std)}; correct the backbone's options.");
        }

        _options = options;
        _redPlane = normalization.Order == ChannelOrder.Bgr ? 2 : 0;
        for (var channel = 0; channel < 3; channel++)
        {
            var (mean, std) = (normalization.Mean[channel], normalization.Std[channel]);
            (_gain[channel], _offset[channel]) = (1 / (255 * std), -mean / std);
            for (var level = 0; level < 256; level++) _normalized[(channel * 256) + level] = ((level / 255f) - mean) / std;
        }
    }

    /// <summary>S, the side of the network input in training and evaluation, in pixels.</summary>
    public int Size => _options.Size;

    /// <summary>Floats of one training or evaluation input, 3 S S.</summary>
    public int Length => 3 * Size * Size;

    /// <summary>Columns and rows of a view of an image.</summary>
    /// <param name="images">The split.</param>
    /// <param name="index">The image.</param>
    /// <param name="view">The view.</param>
    public (int Width, int Height) SizeOf(ImageSet images, int index, ImageView view)
    {
        ArgumentNullException.ThrowIfNull(images);
        return IsWhole(view) ? images.ResizedSize(index, _options.SideOf(view)) : (Size, Size);
    }

    /// <summary>Whether both views of every image of a split are the same pixels, so that one need not be computed.</summary>
    /// <param name="images">The split.</param>
    public bool ViewsAgree(ImageSet images)
    {
        ArgumentNullException.ThrowIfNull(images);
        return !IsWhole(ImageView.Influence)
            || (_options.SideOf(ImageView.Influence) == _options.SideOf(ImageView.Evaluation)
                && Enumerable.Range(0, images.Samples.Count).All(i => SizeOf(images, i, ImageView.Influence) == (Size, Size)));
    }

    /// <summary>A view of an image.</summary>
    /// <param name="images">The split.</param>
    /// <param name="index">The image.</param>
    /// <param name="view">The view.</param>
    /// <param name="destination">(3, H, W), row by row.</param>
    public void Look(ImageSet images, int index, ImageView view, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(images);
        var resized = images.Resized(index, _options.SideOf(view));
        if (IsWhole(view)) Whole(resized, destination);
        else Evaluate(resized, destination);
    }

    /// <summary>The pixels of a view, which <see cref="Look"/> normalises.</summary>
    /// <param name="images">The split.</param>
    /// <param name="index">The image.</param>
    /// <param name="view">The view.</param>
    public RgbImage Seen(ImageSet images, int index, ImageView view)
    {
        ArgumentNullException.ThrowIfNull(images);
        var resized = images.Resized(index, _options.SideOf(view));
        return IsWhole(view) ? resized
            : resized.Part(ImageGeometry.CropStart(resized.Width, Size), ImageGeometry.CropStart(resized.Height, Size), Size, Size);
    }

    /// <summary>The training view of an image: a pure function of its arguments.</summary>
    /// <param name="images">The training split.</param>
    /// <param name="index">The image.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="destination">(3, S, S), row by row.</param>
    public void Augment(ImageSet images, int index, long seed, int epoch, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(images);
        switch (_options.Augmentation.Kind)
        {
            case AugmentationKind.RandomResizedCrop:
                ResizedCrop(images.Original(index), seed, epoch, index, destination);
                break;
            case AugmentationKind.Affine:
                Augment(images.Resized(index, _options.SideOf(ImageView.Evaluation)), seed, epoch, index, destination);
                break;
            default:
                Look(images, index, ImageView.Evaluation, destination);
                if (_options.Augmentation.HorizontalFlip && new CounterRandom(seed, epoch, index).NextBits() >> 63 == 1) Mirror(destination);
                break;
        }
    }

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

    /// <summary>A random part of the original, resized to S x S, mirrored in half of the draws where that is asked for, then normalised.</summary>
    /// <param name="original">The image as its file has it.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="index">The sample's index in the training split.</param>
    /// <param name="destination">(3, S, S), row by row.</param>
    public void ResizedCrop(RgbImage original, long seed, int epoch, int index, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(original);
        var draw = CropDraw.Of(_options.Augmentation, original.Width, original.Height, seed, epoch, index);
        Whole(BilinearResize.ResizeCrop(original, draw, Size, Size), destination);
        if (draw.Mirror) Mirror(destination);
    }

    /// <summary>The evaluation view seen through a random affine map, sampled bilinearly, then normalised.</summary>
    /// <param name="resized">An image of at least S x S pixels.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="index">The sample's index in the training split.</param>
    /// <param name="destination">(3, S, S), row by row.</param>
    public void Augment(RgbImage resized, long seed, int epoch, int index, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(resized);
        var map = AffineDraw.Of(_options.Augmentation, Size, seed, epoch, index);
        var half = (Size - 1) / 2.0;
        var (centreX, centreY) = (ImageGeometry.CropStart(resized.Width, Size) + half, ImageGeometry.CropStart(resized.Height, Size) + half);
        var sampler = new BorderedSampler(resized);
        var (red, green, blue) = Planes(destination, Size * Size);
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
                red[to] = (colour[0] * _gain[0]) + _offset[0];
                green[to] = (colour[1] * _gain[1]) + _offset[1];
                blue[to] = (colour[2] * _gain[2]) + _offset[2];
            }
        }
    }

    private bool IsWhole(ImageView view) => view == ImageView.Influence && _options.InfluenceView == InfluenceView.Whole;

    private void Crop(RgbImage image, int left, int top, int width, int height, Span<float> destination)
    {
        var (red, green, blue) = Planes(destination, width * height);
        for (int row = 0, to = 0; row < height; row++)
        {
            var from = 3 * (((top + row) * image.Width) + left);
            for (var column = 0; column < width; column++, to++, from += 3)
            {
                red[to] = _normalized[image.Pixels[from]];
                green[to] = _normalized[256 + image.Pixels[from + 1]];
                blue[to] = _normalized[512 + image.Pixels[from + 2]];
            }
        }
    }

    /// <summary>Where the colours go, in the backbone's order of channels.</summary>
    private ColourPlanes Planes(Span<float> destination, int plane) =>
        new(destination.Slice(_redPlane * plane, plane), destination.Slice(plane, plane), destination.Slice((2 - _redPlane) * plane, plane));

    private void Mirror(Span<float> destination)
    {
        for (var start = 0; start < destination.Length; start += Size) destination.Slice(start, Size).Reverse();
    }

    private readonly ref struct ColourPlanes(Span<float> red, Span<float> green, Span<float> blue)
    {
        private readonly Span<float> _red = red;
        private readonly Span<float> _green = green;
        private readonly Span<float> _blue = blue;

        public void Deconstruct(out Span<float> red, out Span<float> green, out Span<float> blue)
        {
            red = _red;
            green = _green;
            blue = _blue;
        }
    }
}
