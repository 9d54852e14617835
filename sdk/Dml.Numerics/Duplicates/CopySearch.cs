using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// Looks for images that are copies of each other up to a crop of some 15 %, mirroring, brightness, contrast and compression (numerics,
/// section 10): every window of every image, plain and mirrored, is looked up among all images by an exact search on small descriptors,
/// and the candidates are compared by <see cref="Registration"/>. The result depends on no block size and no number of threads.
/// </summary>
/// <param name="grays">One gray image each, <see cref="Side"/> x <see cref="Side"/> bytes, rows from the top.</param>
internal sealed class CopySearch(IReadOnlyList<byte[]> grays)
{
    /// <summary>Columns and rows of an image.</summary>
    public const int Side = 96;

    /// <summary>Deviation of an image's detail, in gray levels, below which it has nothing to be known by.</summary>
    public const double LeastDetail = 1;

    private const int Kept = 10;
    private const int Nearest = 3;
    private const int Steps = 4;
    private const int DetailRadius = 16;
    private const double NoiseLevels = 2;
    private const int BlockImages = 250;

    /// <summary>Images with enough detail to be compared, ascending.</summary>
    public IReadOnlyList<int> Compared { get; } = [.. grays.AsParallel().AsOrdered()
        .Select((gray, index) => (index, Detail: ImagePlane.Of(gray).HighPassed(DetailRadius).Deviation())).Where(x => x.Detail >= LeastDetail)
        .Select(x => x.index)];

    /// <summary>Compares each image with those most like it.</summary>
    /// <param name="progress">Receives how many images are done.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    /// <returns>For each compared image its candidates; a pair may stand twice, once from each side.</returns>
    public IReadOnlyList<CopyPair> Run(Action<int> progress, CancellationToken cancellationToken)
    {
        var result = new List<CopyPair>();
        if (Compared.Count < 2) return result;
        using var scope = NewDisposeScope();
        var autocorrelations = Autocorrelations();
        var gallery = Descriptors([.. Compared], [AxisWarp.Identity], mirror: false);
        for (var first = 0; first < Compared.Count; first += BlockImages)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] block = [.. Compared.Skip(first).Take(BlockImages)];
            var candidates = Candidates(block, first, gallery, cancellationToken);
            var found = new CopyPair[block.Length][];
            Parallel.For(0, block.Length, AllCores.Loop, () => new Registration(), (i, _, registration) =>
            {
                found[i] = Compare(registration, block[i], candidates[i], autocorrelations);
                return registration;
            }, _ => { });
            foreach (var pairs in found) result.AddRange(pairs);
            progress(first + block.Length);
        }

        return result;
    }

    /// <summary>Of the compared images, at a quarter of their size.</summary>
    private Autocorrelation?[] Autocorrelations()
    {
        var result = new Autocorrelation?[grays.Count];
        Parallel.ForEach(Compared, AllCores.Loop, image => result[image] = Autocorrelation.Of(Detail(image).Halved().Halved()));
        return result;
    }

    private ImagePlane Detail(int image)
    {
        var detail = ImagePlane.Of(grays[image]).Normalized(DetailRadius, NoiseLevels);
        return detail.Smoothed();
    }

    /// <summary>(images x views, length): the plain views of an image, then the mirrored ones.</summary>
    private Tensor Descriptors(int[] images, IReadOnlyList<AxisWarp> windows, bool mirror)
    {
        var views = mirror ? 2 * windows.Count : windows.Count;
        var numbers = new float[images.Length * views * CropViews.Length];
        Parallel.For(0, images.Length, AllCores.Loop, i =>
        {
            var plane = Detail(images[i]).Halved();
            for (var view = 0; view < views; view++)
            {
                if (view == windows.Count) plane = plane.Mirrored();
                CropViews.Describe(plane, windows[view % windows.Count], numbers.AsSpan(((i * views) + view) * CropViews.Length, CropViews.Length));
            }
        });
        return tensor(numbers).view(-1, CropViews.Length);
    }

    /// <summary>The images nearest to any view of each image of a block.</summary>
    private (int Other, int View)[][] Candidates(int[] block, int first, Tensor gallery, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var views = 2 * CropViews.Windows.Count;
        var neighbours = NearestNeighbours.Between(
            Descriptors(block, CropViews.Windows, mirror: true), gallery, Math.Min(Nearest + 1, Compared.Count), cancellationToken);
        return [.. Enumerable.Range(0, block.Length).Select(i => Best(neighbours, i * views, views, first + i))];
    }

    private (int Other, int View)[] Best(Neighbours neighbours, int firstRow, int views, int self)
    {
        var best = new Dictionary<int, (double Distance, int View)>();
        for (var at = firstRow * neighbours.K; at < (firstRow + views) * neighbours.K; at++)
        {
            var (other, found) = (neighbours.Indices[at], (neighbours.Distances[at], (at / neighbours.K) - firstRow));
            if (other != self && (!best.TryGetValue(other, out var known) || found.Item1 < known.Distance)) best[other] = found;
        }

        return [.. best.OrderBy(b => b.Value.Distance).ThenBy(b => b.Key).Take(Kept).Select(b => (Compared[b.Key], b.Value.View))];
    }

    private CopyPair[] Compare(Registration registration, int image, (int Other, int View)[] candidates, Autocorrelation?[] autocorrelations)
    {
        var plain = Detail(image);
        var mirrored = plain.Mirrored();
        var (plainLevels, mirroredLevels) = (Levels(plain), Levels(mirrored));
        return [.. candidates.Select(candidate =>
        {
            var other = Detail(candidate.Other);
            var flipped = candidate.View >= CropViews.Windows.Count;
            var inPlace = Math.Max(
                registration.Correlation(plain, other, AxisWarp.Identity), registration.Correlation(mirrored, other, AxisWarp.Identity));
            var found = new Alignment(0, CropViews.Windows[candidate.View % CropViews.Windows.Count]);
            foreach (var (first, second) in (flipped ? mirroredLevels : plainLevels).Zip(Levels(other)))
            {
                found = registration.Refine(first, second, found.Warp, Steps);
            }

            var independent = autocorrelations[image]!.Independent(autocorrelations[candidate.Other]!, flipped);
            return new CopyPair(image, candidate.Other, inPlace, found.Correlation, flipped, independent);
        })];
    }

    /// <summary>An image at a quarter, at half and at all of its size.</summary>
    private static ImagePlane[] Levels(ImagePlane plane)
    {
        var half = plane.Halved();
        return [half.Halved(), half, plane];
    }
}
