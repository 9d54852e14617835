namespace Dml.Engine.Images;

/// <summary>
/// The images of one split, every one decoded and checked before the set is handed out, so that no run dies late of a damaged file or of
/// an image too thin for one of its views.
/// Images stay in memory, at the one size that serves every use or else as they are, while all of them fit under the bound of the
/// options; otherwise they are decoded again when asked for.
/// </summary>
internal sealed class ImageSet
{
    private readonly RgbImage[]? _cache;
    private readonly (int Width, int Height)[] _sizes;
    private readonly int? _keptSide;

    private readonly ImageOptions _options;

    private ImageSet(ImageSurvey survey, RgbImage[]? cache, int? keptSide, ImageOptions options)
    {
        (Survey, _cache, _keptSide, _options) = (survey, cache, keptSide, options);
        _sizes = [.. survey.Facts.Select(f => (f.Width, f.Height))];
    }

    /// <summary>The samples that could be decoded, in the order given; all of them unless onDecodeError is skip. Indices refer to this list.</summary>
    public IReadOnlyList<ImageSample> Samples => Survey.Samples;

    /// <summary>What was seen of every image when it was decoded.</summary>
    public ImageSurvey Survey { get; }

    /// <summary>One sentence for each image that was left out.</summary>
    public IReadOnlyList<string> Warnings => Survey.LeftOut;

    /// <summary>Whether the images are held in memory.</summary>
    public bool IsCached => _cache is not null;

    /// <summary>Decodes all images with all cores; the result does not depend on their number.</summary>
    /// <param name="samples">The split.</param>
    /// <param name="options">Sizes, memory bound and what to do about a damaged file.</param>
    /// <param name="training">Whether the split is trained on, so that its augmentation must be served too.</param>
    /// <param name="stage">What the progress reports say is being done, for example "decode training images".</param>
    /// <param name="progress">Receives how many images are done.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">An image cannot be decoded, or is too large in a view, and the options refuse that, or none is left.</exception>
    public static ImageSet Open(
        IReadOnlyList<ImageSample> samples, ImageOptions options, bool training, string stage, IProgress<ProgressReport> progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var loader = new ImageLoader(samples, options, options.KeptSide(training), (long)options.CacheMegabytes << 20);
        loader.Run(stage, progress, cancellationToken);
        var survey = loader.Survey();
        survey.RequireUsable(options.OnDecodeError);
        return new ImageSet(survey, loader.Cache(), options.KeptSide(training), options);
    }

    /// <summary>Looks at all images as <see cref="Open"/> does and keeps none of them.</summary>
    /// <param name="samples">The split.</param>
    /// <param name="options">Sizes and orientation.</param>
    /// <param name="stage">What the progress reports say is being done.</param>
    /// <param name="progress">Receives how many images are done.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>What was seen, with the problem of each image that cannot be used.</returns>
    public static ImageSurvey Look(
        IReadOnlyList<ImageSample> samples, ImageOptions options, string stage, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var loader = new ImageLoader(samples, options, null, memoryBound: 0);
        loader.Run(stage, progress, cancellationToken);
        return loader.Survey();
    }

    /// <summary>A set of images that are in memory already, at their original sizes.</summary>
    /// <param name="samples">The split.</param>
    /// <param name="originals">One image a sample.</param>
    public static ImageSet FromMemory(IReadOnlyList<ImageSample> samples, IReadOnlyList<RgbImage> originals)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(originals);
        if (samples.Count != originals.Count) throw new ArgumentException($"Expected {samples.Count} images, found {originals.Count}.", nameof(originals));
        return new ImageSet(
            new(samples.Count, samples, [.. originals.Select(i => ImageFacts.Of(new(i, 1)))], []), [.. originals], null, new());
    }

    /// <summary>One image as its file has it; safe on any thread.</summary>
    /// <param name="index">Index into <see cref="Samples"/>.</param>
    public RgbImage Original(int index) =>
        _cache is not null && _keptSide is null ? _cache[index] : ImageDecoder.Decode(Samples[index], _options.ExifOrientation).Pixels;

    /// <summary>One image with its shorter side resized; safe on any thread.</summary>
    /// <param name="index">Index into <see cref="Samples"/>.</param>
    /// <param name="side">Shorter side, in pixels.</param>
    public RgbImage Resized(int index, int side)
    {
        if (_cache is not null && _keptSide == side) return _cache[index];

        // Decoded anew even where the whole is kept: what a view shows must not depend on how much memory there is.
        return _options.DecodedSide(side) is { } least
            ? Resize(ImageDecoder.Decode(Samples[index], _options.ExifOrientation, least), side, Samples[index].File)
            : Resize(new(Original(index), 1), side, Samples[index].File);
    }

    /// <summary>Columns and rows of one image after its shorter side is resized, without decoding it.</summary>
    /// <param name="index">Index into <see cref="Samples"/>.</param>
    /// <param name="side">Shorter side, in pixels.</param>
    public (int Width, int Height) ResizedSize(int index, int side) => ImageGeometry.ResizeShorterSide(_sizes[index].Width, _sizes[index].Height, side);

    /// <summary>An image with its shorter side resized.</summary>
    /// <param name="image">The image.</param>
    /// <param name="side">Shorter side, in pixels.</param>
    /// <param name="file">Its file, for the message.</param>
    /// <exception cref="DmlException">The result is more than memory should be taken for.</exception>
    public static RgbImage Resize(DecodedImage image, int side, string file)
    {
        var (width, height) = CheckedSize(image.Size, side, file);
        return BilinearResize.Resize(image.Pixels, width, height);
    }

    /// <summary>Columns and rows once the shorter side is resized.</summary>
    /// <param name="size">Columns and rows of the image.</param>
    /// <param name="side">Shorter side, in pixels.</param>
    /// <param name="file">Its file, for the message.</param>
    /// <exception cref="DmlException">They are more than memory should be taken for.</exception>
    public static (int Width, int Height) CheckedSize((int Width, int Height) size, int side, string file)
    {
        var (width, height) = ImageGeometry.ResizeShorterSide(size.Width, size.Height, side);
        return (long)width * height <= ImageDecoder.MaximumPixels
            ? (width, height)
            : throw new DmlException($"Expected an image of ordinary proportions, found one of {size.Width} x {size.Height} pixels at {file}, "
                + $"which is {width} x {height} when its shorter side is {side}; crop it, or set images.onDecodeError to skip to leave it out.");
    }
}
