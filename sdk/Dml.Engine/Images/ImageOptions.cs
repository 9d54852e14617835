namespace Dml.Engine.Images;

/// <summary>How image files become the input of a backbone.</summary>
[Options]
internal sealed record ImageOptions
{
    /// <summary>Side of the square network input, in pixels.</summary>
    [Range(1, 4096)]
    public int Size { get; init; } = 64;

    /// <summary>Shorter side, in pixels, that an image is resized to before the centre crop; at least size, and size itself when not given.</summary>
    [Range(1, 8192)]
    public int? Resize { get; init; }

    /// <summary>What influence, confusions and relabelling see: whole (the image with its aspect kept) or crop (the same centre crop as evaluation).</summary>
    public InfluenceView InfluenceView { get; init; } = InfluenceView.Whole;

    /// <summary>Shorter side, in pixels, of the whole image that influence sees; size when not given.</summary>
    [Range(1, 8192)]
    public int? InfluenceResize { get; init; }

    /// <summary>Random changes of training images.</summary>
    public AugmentationOptions Augmentation { get; init; } = new();

    /// <summary>Whether an image that cannot be decoded ends the run (refuse) or is left out with a warning (skip).</summary>
    public DecodeErrorAction OnDecodeError { get; init; } = DecodeErrorAction.Refuse;

    /// <summary>
    /// Whether images are seen as they are stored (ignore) or turned as the EXIF orientation of their files says (apply); a warning counts
    /// those that have one.
    /// </summary>
    public OrientationAction ExifOrientation { get; init; } = OrientationAction.Ignore;

    /// <summary>
    /// Whether JPEG files are decoded in full (full) or, where a view's shorter side is less than half of the image's, at the fewest eighths of their size
    /// that keep twice that side (scaled): faster on large photographs, and a little off. Random resized crops take the full image in any case.
    /// </summary>
    public JpegDecoding JpegDecoding { get; init; } = JpegDecoding.Full;

    /// <summary>Most memory, in mebibytes, for the images of a split that are kept between epochs; a split above it is decoded again for each batch.</summary>
    [Range(0, 1048576)]
    public int CacheMegabytes { get; init; } = 1024;

    /// <summary>The shorter side after resizing.</summary>
    /// <exception cref="DmlException">It is smaller than the crop, or the range of scales is empty.</exception>
    internal int CheckedResize()
    {
        if (Resize < Size)
        {
            throw new DmlException($"Expected images.resize to be at least images.size ({Size}), found {Resize}; raise resize or leave it out.");
        }

        Augmentation.Check();
        return Resize ?? Size;
    }

    /// <summary>Shorter side after resizing for a view.</summary>
    internal int SideOf(ImageView view) => view == ImageView.Influence && InfluenceView == InfluenceView.Whole ? InfluenceResize ?? Size : CheckedResize();

    /// <summary>Pixels that the shorter side of a decoded image must keep for a view, null for all of them.</summary>
    /// <param name="side">Shorter side of the view.</param>
    internal int? DecodedSide(int side) => JpegDecoding == JpegDecoding.Scaled ? 2 * side : null;

    /// <summary>The side at which a split's images are kept: one that serves every use, or null for the originals.</summary>
    /// <param name="training">Whether they are trained on.</param>
    internal int? KeptSide(bool training)
    {
        var side = CheckedResize();
        return (training && Augmentation.Kind == AugmentationKind.RandomResizedCrop) || SideOf(ImageView.Influence) != side ? null : side;
    }
}
