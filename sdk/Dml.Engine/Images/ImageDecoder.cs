using Dml.Storage;

namespace Dml.Engine.Images;

/// <summary>
/// Decodes PNG, JPEG, BMP, WebP, GIF (its first frame), TIFF (its first page), PPM and PGM to RGB as PIL's <c>convert("RGB")</c> does: gray
/// is repeated, a palette is looked up, alpha is dropped without compositing. The format is told by a file's first bytes, not by its name.
/// No colour profile is applied.
/// </summary>
internal static class ImageDecoder
{
    /// <summary>What a training can do about an image that cannot be used.</summary>
    public const string SkipAdvice = ", or set images.onDecodeError to skip to leave it out";

    /// <summary>Most pixels of one image; a file that claims more is refused before memory is taken for it.</summary>
    public const long MaximumPixels = 1L << 28;

    /// <summary>Bytes of the largest file that is read: as many pixels uncompressed, and something for headers.</summary>
    private const long LargestFile = (4 * MaximumPixels) + (1 << 20);

    /// <summary>Decodes a file as it is stored: no orientation is applied, nothing is cut out.</summary>
    /// <param name="file">Path of the image file.</param>
    /// <exception cref="DmlException">The file is missing, no image or damaged; the message names it.</exception>
    public static RgbImage Decode(string file) => Stored(file, null).Pixels;

    /// <summary>Decodes the part of an image that a sample means.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="orientation">What to do with the orientation that the file notes.</param>
    /// <param name="leastSide">Pixels that the shorter side must keep, where less than all will do; a part of an image comes from all of it.</param>
    /// <exception cref="DmlException">As <see cref="Decode(string)"/>, or the box goes beyond the image.</exception>
    public static DecodedImage Decode(ImageSample sample, OrientationAction orientation, int? leastSide = null)
    {
        ArgumentNullException.ThrowIfNull(sample);
        var image = Stored(sample.File, sample.Box is null ? leastSide : null);
        if (orientation == OrientationAction.Apply)
        {
            var (width, height) = image.Size;
            var lies = ImageTurn.Lies(image.Orientation);
            image = image with { Pixels = ImageTurn.Apply(image.Pixels, image.Orientation), Size = lies ? (height, width) : (width, height) };
        }

        return sample.Box is { } box ? new(Cut(image.Pixels, box, sample.File), image.Orientation) : image;
    }

    private static DecodedImage Stored(string file, int? leastSide)
    {
        var bytes = Read(file);
        try
        {
            return ImageContent.IsTiff(bytes) ? TiffImage.Decode(bytes)
                : ImageContent.IsPixmap(bytes) ? new(PixmapImage.Decode(bytes), 1)
                : RasterImage.Decode(bytes, leastSide);
        }
        catch (InvalidDataException problem)
        {
            throw new DmlException(
                null, "a PNG, JPEG, BMP, WebP, GIF, TIFF, PPM or PGM image", $"{problem.Message} at {file}", $"replace the file{SkipAdvice}", null, problem);
        }
    }

    /// <summary>Refuses a size that no memory should be taken for.</summary>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <exception cref="InvalidDataException">There are too many pixels, or none.</exception>
    public static void RequireSize(long width, long height)
    {
        if (width < 1 || height < 1) throw new InvalidDataException(FormattableString.Invariant($"one of {width} x {height} pixels"));
        if (width > MaximumPixels || height > MaximumPixels || width * height > MaximumPixels)
        {
            throw new InvalidDataException(FormattableString.Invariant($"one of {width} x {height} pixels, more than {MaximumPixels}"));
        }
    }

    private static RgbImage Cut(RgbImage image, ImageBox box, string file)
    {
        if (box.Left < 0 || box.Top < 0 || box.Left >= box.Right || box.Top >= box.Bottom || box.Right > image.Width || box.Bottom > image.Height)
        {
            throw new DmlException(FormattableString.Invariant($"Expected a box within the {image.Width} x {image.Height} pixels of {file}, ")
                + FormattableString.Invariant($"found columns {box.Left} to {box.Right} and rows {box.Top} to {box.Bottom} (ends not included); ")
                + "correct the box, or set images.onDecodeError to skip to leave the image out.");
        }

        return image.Part(box.Left, box.Top, box.Right - box.Left, box.Bottom - box.Top);
    }

    private static byte[] Read(string file)
    {
        try
        {
            return InputFile.ReadBytes(file, LargestFile);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DmlException(
                $"Expected a readable image file at {file}, but reading it failed ({error.Message}); correct the path or the file's permissions.", error);
        }
    }
}
