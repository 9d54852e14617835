using Dml.Numerics;

namespace Dml.Engine.Images;

/// <summary>Decodes the images of a split with all cores and gathers what it sees by index, so that the result does not depend on their number.</summary>
/// <param name="samples">The split.</param>
/// <param name="options">Sizes and orientation.</param>
/// <param name="keptSide">Shorter side at which images are kept; null for the originals.</param>
/// <param name="memoryBound">Bytes of images that are kept; once they are more, none is handed out.</param>
internal sealed class ImageLoader(IReadOnlyList<ImageSample> samples, ImageOptions options, int? keptSide, long memoryBound)
{
    private readonly int[] _viewSides = [.. Enum.GetValues<ImageView>().Select(options.SideOf).Distinct()];
    private readonly RgbImage?[] _images = new RgbImage?[samples.Count];
    private readonly ImageFacts?[] _facts = new ImageFacts?[samples.Count];
    private readonly DmlException?[] _problems = new DmlException?[samples.Count];
    private readonly Lock _telling = new();
    private long _bytes;
    private int _done;

    /// <summary>Decodes all images.</summary>
    /// <param name="stage">What the progress reports say is being done.</param>
    /// <param name="progress">Receives how many images are done.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public void Run(string stage, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(progress);
        Parallel.For(0, samples.Count, AllCores.LoopUntil(cancellationToken), i =>
        {
            Load(i, samples[i]);
            lock (_telling)
            {
                // Counted and told under one lock: the reports come one at a time and in order.
                var done = ++_done;
                if (done % 100 == 0 || done == samples.Count) progress.Report(new ProgressReport(stage, done, samples.Count));
            }
        });
    }

    /// <summary>What was seen.</summary>
    public ImageSurvey Survey() => new(
        samples.Count, [.. samples.Where((_, i) => _facts[i] is not null)], [.. _facts.OfType<ImageFacts>()], [.. _problems.OfType<DmlException>()]);

    /// <summary>The images that can be used, in order; null where they are more than the bound.</summary>
    public RgbImage[]? Cache() => _bytes <= memoryBound ? [.. _images.Where((_, i) => _facts[i] is not null).Select(image => image!)] : null;

    private void Load(int index, ImageSample sample)
    {
        try
        {
            var decoded = ImageDecoder.Decode(sample, options.ExifOrientation, keptSide is { } side ? options.DecodedSide(side) : null);
            var image = decoded.Pixels;

            // Of both views, whatever is kept: where originals are, nothing is resized before features are extracted, after the training.
            foreach (var viewSide in _viewSides) ImageSet.CheckedSize(decoded.Size, viewSide, sample.File);
            if (keptSide is { } kept) image = ImageSet.Resize(decoded, kept, sample.File);
            if (Interlocked.Add(ref _bytes, image.Pixels.Length) <= memoryBound) _images[index] = image;
            _facts[index] = ImageFacts.Of(decoded);
        }
        catch (DmlException problem)
        {
            _problems[index] = problem;
        }
    }
}
