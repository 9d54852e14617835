namespace Dml.Storage;

/// <summary>Which names in a folder of images are images and which nobody means: one rule for all readers.</summary>
public static class ImageNames
{
    private const string MacArchive = "__MACOSX";

    private static readonly string[] SystemFiles = ["Thumbs.db", "desktop.ini"];

    private static readonly string[] Known =
        [".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".gif", ".webp", ".ppm", ".pgm", ".tif", ".tiff"];

    /// <summary>Extensions of images that can be decoded, in lower case with their dots; files have them in any case.</summary>
    public static IReadOnlyList<string> Extensions => Known;

    /// <summary>Whether an extension is that of an image.</summary>
    /// <param name="name">A file's name or path.</param>
    public static bool IsImage(string name) => Known.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Whether a file or folder is passed over whatever it holds: hidden ones (.ipynb_checkpoints, ._name of macOS), the __MACOSX of its
    /// archives, and Thumbs.db and desktop.ini of Windows.
    /// </summary>
    /// <param name="name">Its name without the folders above.</param>
    public static bool IsPassedOver(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.StartsWith('.') || name.Equals(MacArchive, StringComparison.OrdinalIgnoreCase)
            || SystemFiles.Contains(name, StringComparer.OrdinalIgnoreCase);
    }
}
