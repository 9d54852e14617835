using Dml.Storage;

namespace Dml.Engine.Images;

/// <summary>Images that a person names by file or by folder.</summary>
internal static class ImageFolder
{
    /// <summary>The file itself, or the images below the folder at any depth in ordinal order of their paths; what is hidden is passed over.</summary>
    /// <param name="path">A file or a folder.</param>
    /// <exception cref="DmlException">There is neither, or the folder has no image.</exception>
    public static IReadOnlyList<string> Images(string path)
    {
        if (!Directory.Exists(path)) return [path];
        string[] found = [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Where(f => ImageNames.IsImage(f) && !Path.GetRelativePath(path, f).Split(Path.DirectorySeparatorChar).Any(ImageNames.IsPassedOver))
            .Order(StringComparer.Ordinal)];
        return found.Length > 0 ? found
            : throw new DmlException(null, $"images below {path}", "none", $"their names end with {string.Join(", ", ImageNames.Extensions)}");
    }
}
