using Dml.Engine.Images;
using Dml.Numerics;

namespace Dml.Engine.Auditing;

/// <summary>What is kept of the images of both splits, each decoded once for all checks.</summary>
internal sealed class AuditImages
{
    private readonly Dictionary<Split, ImageDigest?[]> _digests = [];

    private AuditImages(string? problem) => Problem = problem;

    /// <summary>Why there are no images, one sentence; null where at least one was read.</summary>
    public string? Problem { get; private set; }

    /// <summary>Images that are missing or cannot be decoded.</summary>
    public int Unread { get; private set; }

    /// <summary>How many could not be read, as the end of a sentence; empty where all could.</summary>
    public string UnreadNote => Unread == 0 ? "" : Unread == 1 ? "; 1 image cannot be read" : $"; {Unread} images cannot be read";

    /// <summary>Of an item; null where its image could not be read.</summary>
    public ImageDigest? Of(Split split, int index) => _digests.TryGetValue(split, out var digests) ? digests[index] : null;

    /// <summary>Items whose image was read.</summary>
    public IEnumerable<(Split Split, int Index, ImageDigest Image)> All =>
        _digests.OrderBy(split => split.Key).SelectMany(split => split.Value.Index().Where(d => d.Item is not null).Select(d => (split.Key, d.Index, d.Item!)));

    /// <summary>Of images that are in memory, in the order of the items.</summary>
    public static AuditImages Of(IReadOnlyList<ImageDigest?> training, IReadOnlyList<ImageDigest?> test)
    {
        var images = new AuditImages(null);
        (images._digests[Split.Training], images._digests[Split.Test]) = ([.. training], [.. test]);
        images.Unread = training.Concat(test).Count(digest => digest is null);
        return images;
    }

    /// <summary>Decodes all images with all cores; the result does not depend on their number.</summary>
    /// <param name="context">The model.</param>
    public static AuditImages Read(AuditContext context)
    {
        if (context.File(Split.Training, 0) is null) return new("The model has features alone, so there are no images to look at; audit the run instead.");
        var images = new AuditImages(null);
        foreach (var split in Enum.GetValues<Split>()) images._digests[split] = images.Read(context, split);
        if (!images.All.Any())
        {
            images.Problem = $"None of the {images.Unread} images can be read, the first at {context.File(Split.Training, 0)}; put them back where they were.";
        }

        return images;
    }

    private ImageDigest?[] Read(AuditContext context, Split split)
    {
        var digests = new ImageDigest?[context.Count(split)];
        var done = 0;
        Parallel.For(0, digests.Length, AllCores.LoopUntil(context.CancellationToken), i =>
        {
            if (context.File(split, i) is not { } file) return;
            try
            {
                digests[i] = ImageDigest.Of(ImageDecoder.Decode(file));
            }
            catch (DmlException)
            {
                // Counted below and told by the checks: an audit looks at what is there.
            }

            lock (digests)
            {
                if (++done % 100 == 0 || done == digests.Length) context.Progress.Report(new("decode images", done, digests.Length));
            }
        });
        Unread += digests.Count(d => d is null);
        return digests;
    }
}
