using Dml.Engine.Images;
using Dml.Storage;

namespace Dml.Engine.Reporting;

/// <summary>Small forms of image files for a report, turned as the model saw them; each file is read once.</summary>
/// <param name="baseDirectory">Where relative files are.</param>
/// <param name="orientation">What to do with the orientation that a file notes.</param>
internal sealed class Thumbnails(string baseDirectory, OrientationAction orientation = OrientationAction.Ignore)
{
    private const int Side = 160;
    private const int SmallFile = 16 * 1024;
    private const int Upright = 1;

    private readonly Dictionary<string, ReadOnlyMemory<byte>> _images = new(StringComparer.Ordinal);
    private readonly HashSet<string> _absent = new(StringComparer.Ordinal);

    /// <summary>The images asked for so far, by file.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Images => _images;

    /// <summary>One sentence about the images that could not be shown; null where all could.</summary>
    public string? Warning => _absent.Count == 0 ? null
        : $"{_absent.Count} of the {_absent.Count + _images.Count} images to be shown cannot be read, first {_absent.Min(StringComparer.Ordinal)}; "
            + "they were moved or changed since the run was made, and their places are empty.";

    /// <summary>Key of an image file's thumbnail, or null when the file is gone or cannot be decoded: the report then shows an empty frame.</summary>
    /// <param name="file">Absolute, or relative to the run folder.</param>
    /// <param name="box">The part to show; null for the whole image.</param>
    public string? Add(string file, ImageBox? box = null)
    {
        if (file.Length == 0) return null;
        var key = box is { } part ? FormattableString.Invariant($"{file}#{part.Left},{part.Top},{part.Right},{part.Bottom}") : file;
        if (_images.ContainsKey(key)) return key;
        try
        {
            _images[key] = Make(Path.GetFullPath(file, baseDirectory), box);
            return key;
        }
        catch (Exception error) when (error is DmlException or IOException or UnauthorizedAccessException)
        {
            _absent.Add(Path.GetFullPath(file, baseDirectory));
            return null;
        }
    }

    private byte[] Make(string path, ImageBox? box)
    {
        var image = ImageDecoder.Decode(new ImageSample(path, path, 0) { Box = box }, orientation);
        if (box is null && image.Orientation == Upright && new FileInfo(path).Length <= SmallFile)
        {
            // As it is: a browser turns a file that notes an orientation by itself, whatever the model saw.
            var bytes = InputFile.ReadBytes(path);
            if (bytes is [0x89, (byte)'P', (byte)'N', (byte)'G', ..] or [0xFF, 0xD8, 0xFF, ..]) return bytes;
        }

        return Shrink(image.Pixels);
    }

    private static byte[] Shrink(RgbImage image)
    {
        var factor = Math.Min(1.0, (double)Side / Math.Min(image.Width, image.Height));
        return JpegImage.Encode(BilinearResize.Resize(image, Math.Max(1, (int)(image.Width * factor)), Math.Max(1, (int)(image.Height * factor))));
    }
}
