namespace Dml.Host.Images;

/// <summary>
/// The images of one split, every one decoded and checked before the set is handed out, so that no run dies of a damaged file late.
/// Resized images stay in memory while all of them fit under the bound of the options; otherwise they are decoded again when asked for.
/// </summary>
public sealed class ImageSet
{
    private readonly RgbImage[]? _cache;
    private readonly int _resize;

    private ImageSet(IReadOnlyList<ImageSample> samples, RgbImage[]? cache, int resize, IReadOnlyList<string> warnings) =>
        (Samples, _cache, _resize, Warnings) = (samples, cache, resize, warnings);

    /// <summary>The samples that could be decoded, in the order given; all of them unless onDecodeError is skip. Indices refer to this list.</summary>
    public IReadOnlyList<ImageSample> Samples { get; }

    /// <summary>One sentence for each image that was left out.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Whether the resized images are held in memory.</summary>
    public bool IsCached => _cache is not null;

    /// <summary>Decodes and resizes all images with all cores; the result does not depend on their number.</summary>
    /// <param name="samples">The split.</param>
    /// <param name="options">Sizes, memory bound and what to do about a damaged file.</param>
    /// <param name="stage">What the progress reports say is being done, for example "decode training images".</param>
    /// <param name="progress">Told how many images are done.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">An image cannot be decoded and the options refuse that, or none is left.</exception>
    public static ImageSet Open(
        IReadOnlyList<ImageSample> samples, ImageOptions options, string stage, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(progress);
        var resize = options.CheckedResize();
        var loader = new Loader(samples.Count, (long)options.CacheMegabytes << 20);
        var parallel = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, samples.Count, parallel, i =>
        {
            loader.Load(i, samples[i].File, resize);
            lock (loader)
            {
                // Counted and told under one lock: the reports come one at a time and in order.
                var done = ++loader.Done;
                if (done % 100 == 0 || done == samples.Count) progress.Report(new ProgressReport(stage, done, samples.Count));
            }
        });
        return loader.Finish(samples, options.OnDecodeError, resize);
    }

    /// <summary>A set of images that are in memory already.</summary>
    /// <param name="samples">The split.</param>
    /// <param name="resized">One image a sample.</param>
    public static ImageSet FromMemory(IReadOnlyList<ImageSample> samples, IReadOnlyList<RgbImage> resized)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(resized);
        if (samples.Count != resized.Count) throw new ArgumentException($"Expected {samples.Count} images, found {resized.Count}.", nameof(resized));
        return new ImageSet(samples, [.. resized], 0, []);
    }

    /// <summary>One image with its shorter side resized; safe on any thread.</summary>
    /// <param name="index">Index into <see cref="Samples"/>.</param>
    public RgbImage Resized(int index) => _cache is null ? DecodeResized(Samples[index].File, _resize) : _cache[index];

    private static RgbImage DecodeResized(string file, int side)
    {
        var image = ImageDecoder.Decode(file);
        var (width, height) = ImageGeometry.ResizeShorterSide(image.Width, image.Height, side);
        return BilinearResize.Resize(image, width, height);
    }

    /// <summary>Gathers images and problems by index while many threads decode.</summary>
    private sealed class Loader(int count, long bound)
    {
        private readonly RgbImage?[] _images = new RgbImage?[count];
        private readonly DmlException?[] _problems = new DmlException?[count];
        private long _bytes;

        /// <summary>Images done, guarded by the caller's lock.</summary>
        public int Done { get; set; }

        public void Load(int index, string file, int side)
        {
            try
            {
                var image = DecodeResized(file, side);
                if (Interlocked.Add(ref _bytes, image.Pixels.Length) <= bound) _images[index] = image;
            }
            catch (DmlException problem)
            {
                _problems[index] = problem;
            }
        }

        public ImageSet Finish(IReadOnlyList<ImageSample> samples, DecodeErrorAction action, int resize)
        {
            var problems = _problems.OfType<DmlException>().ToList();
            if (problems.Count > 0 && action == DecodeErrorAction.Refuse)
            {
                throw problems.Count == 1 ? problems[0] : new DmlException($"{problems[0].Message.TrimEnd('.')} ({problems.Count - 1} more of {samples.Count} images cannot be decoded).", problems[0]);
            }

            if (problems.Count == samples.Count)
            {
                throw new DmlException($"Expected at least one image that can be decoded, found none among {samples.Count}; check the dataset's folder.");
            }

            List<int> kept = [.. Enumerable.Range(0, samples.Count).Where(i => _problems[i] is null)];
            var cache = _bytes <= bound ? kept.Select(i => _images[i]!).ToArray() : null;
            return new ImageSet([.. kept.Select(i => samples[i])], cache, resize, [.. problems.Select(p => $"{p.Message.Split(';')[0]}; the image was left out.")]);
        }
    }
}
