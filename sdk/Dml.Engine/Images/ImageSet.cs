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

    private ImageSet(IReadOnlyList<ImageSample> samples, RgbImage[]? cache, (int, int)[] sizes, int? keptSide, IReadOnlyList<string> warnings) =>
        (Samples, _cache, _sizes, _keptSide, Warnings) = (samples, cache, sizes, keptSide, warnings);

    /// <summary>The samples that could be decoded, in the order given; all of them unless onDecodeError is skip. Indices refer to this list.</summary>
    public IReadOnlyList<ImageSample> Samples { get; }

    /// <summary>One sentence for each image that was left out.</summary>
    public IReadOnlyList<string> Warnings { get; }

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
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(progress);
        var loader = new Loader(samples.Count, options, training);
        var parallel = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, samples.Count, parallel, i =>
        {
            loader.Load(i, samples[i].File);
            lock (loader)
            {
                // Counted and told under one lock: the reports come one at a time and in order.
                var done = ++loader.Done;
                if (done % 100 == 0 || done == samples.Count) progress.Report(new ProgressReport(stage, done, samples.Count));
            }
        });
        return loader.Finish(samples, options.OnDecodeError);
    }

    /// <summary>A set of images that are in memory already, at their original sizes.</summary>
    /// <param name="samples">The split.</param>
    /// <param name="originals">One image a sample.</param>
    public static ImageSet FromMemory(IReadOnlyList<ImageSample> samples, IReadOnlyList<RgbImage> originals)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(originals);
        if (samples.Count != originals.Count) throw new ArgumentException($"Expected {samples.Count} images, found {originals.Count}.", nameof(originals));
        return new ImageSet(samples, [.. originals], [.. originals.Select(i => (i.Width, i.Height))], null, []);
    }

    /// <summary>One image as its file has it; safe on any thread.</summary>
    /// <param name="index">Index into <see cref="Samples"/>.</param>
    public RgbImage Original(int index) => _cache is not null && _keptSide is null ? _cache[index] : ImageDecoder.Decode(Samples[index].File);

    /// <summary>One image with its shorter side resized; safe on any thread.</summary>
    /// <param name="index">Index into <see cref="Samples"/>.</param>
    /// <param name="side">Shorter side, in pixels.</param>
    public RgbImage Resized(int index, int side) =>
        _cache is not null && _keptSide == side ? _cache[index] : Resize(Original(index), side, Samples[index].File);

    /// <summary>Columns and rows of one image after its shorter side is resized, without decoding it.</summary>
    /// <param name="index">Index into <see cref="Samples"/>.</param>
    /// <param name="side">Shorter side, in pixels.</param>
    public (int Width, int Height) ResizedSize(int index, int side) => ImageGeometry.ResizeShorterSide(_sizes[index].Width, _sizes[index].Height, side);

    private static RgbImage Resize(RgbImage image, int side, string file)
    {
        var (width, height) = CheckedSize(image, side, file);
        return BilinearResize.Resize(image, width, height);
    }

    /// <summary>Columns and rows once the shorter side is resized.</summary>
    /// <exception cref="DmlException">They are more than memory should be taken for.</exception>
    private static (int Width, int Height) CheckedSize(RgbImage image, int side, string file)
    {
        var (width, height) = ImageGeometry.ResizeShorterSide(image.Width, image.Height, side);
        return (long)width * height <= ImageDecoder.MaximumPixels
            ? (width, height)
            : throw new DmlException($"Expected an image of ordinary proportions, found one of {image.Width} x {image.Height} pixels at {file}, "
                + $"which is {width} x {height} when its shorter side is {side}; crop it, or set images.onDecodeError to skip to leave it out.");
    }

    /// <summary>Gathers images and problems by index while many threads decode.</summary>
    private sealed class Loader(int count, ImageOptions options, bool training)
    {
        private readonly int? _keptSide = options.KeptSide(training);
        private readonly int[] _viewSides = [.. Enum.GetValues<ImageView>().Select(options.SideOf).Distinct()];
        private readonly long _bound = (long)options.CacheMegabytes << 20;
        private readonly RgbImage?[] _images = new RgbImage?[count];
        private readonly (int, int)[] _sizes = new (int, int)[count];
        private readonly DmlException?[] _problems = new DmlException?[count];
        private long _bytes;

        /// <summary>Images done, guarded by the caller's lock.</summary>
        public int Done { get; set; }

        public void Load(int index, string file)
        {
            try
            {
                var image = ImageDecoder.Decode(file);
                _sizes[index] = (image.Width, image.Height);

                // Of both views, whatever is kept: where originals are, nothing is resized before features are extracted, after the training.
                foreach (var side in _viewSides) CheckedSize(image, side, file);
                if (_keptSide is { } kept) image = Resize(image, kept, file);
                if (Interlocked.Add(ref _bytes, image.Pixels.Length) <= _bound) _images[index] = image;
            }
            catch (DmlException problem)
            {
                _problems[index] = problem;
            }
        }

        public ImageSet Finish(IReadOnlyList<ImageSample> samples, DecodeErrorAction action)
        {
            var problems = _problems.OfType<DmlException>().ToList();
            if (problems.Count > 0 && action == DecodeErrorAction.Refuse)
            {
                throw problems.Count == 1 ? problems[0] : new DmlException(
                    $"{problems[0].Message.TrimEnd('.')} ({problems.Count - 1} more of {samples.Count} images cannot be used).", problems[0]);
            }

            if (problems.Count == samples.Count)
            {
                throw new DmlException($"Expected at least one image that can be decoded, found none among {samples.Count}; check the dataset's folder.");
            }

            List<int> kept = [.. Enumerable.Range(0, samples.Count).Where(i => _problems[i] is null)];
            var cache = _bytes <= _bound ? kept.Select(i => _images[i]!).ToArray() : null;
            return new ImageSet(
                [.. kept.Select(i => samples[i])], cache, [.. kept.Select(i => _sizes[i])], _keptSide,
                [.. problems.Select(p => $"{p.Message.Split(';')[0]}; the image was left out.")]);
        }
    }
}
