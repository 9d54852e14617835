using Dml.Storage;

namespace Dml.Engine.Images;

/// <summary>Images that a person names by file or by folder.</summary>
internal static class ImageFolder
{
    /// <summary>The files themselves, and the images below the folders at any depth, each folder's own in ordinal order before those of its folders.</summary>
    /// <param name="paths">Files and folders.</param>
    /// <param name="progress">Receives a line on what was left out.</param>
    /// <exception cref="DmlException">A folder has no image or cannot be read.</exception>
    public static IReadOnlyList<string> Images(IReadOnlyList<string> paths, IProgress<ProgressReport> progress) =>
        [.. paths.SelectMany(path => Directory.Exists(path) ? OfFolder(path, progress) : [path])];

    private static IReadOnlyList<string> OfFolder(string folder, IProgress<ProgressReport> progress)
    {
        var leftOut = new LeftOut();
        var images = Below(folder, leftOut);
        foreach (var warning in leftOut.Warnings(folder)) progress.Report(new("warning", 0, 0, warning));
        return images.Count > 0 ? images
            : throw new DmlException(null, $"images below {folder}", $"{leftOut}", $"their names end with {string.Join(", ", ImageNames.Extensions)}");
    }

    private static IReadOnlyList<string> Below(string folder, LeftOut leftOut)
    {
        var listing = ImageListing.Read(folder);
        leftOut.Add(listing.LeftOut);
        return
        [
            .. listing.Images.Select(image => Path.Combine(folder, image)),
            .. listing.Folders.SelectMany(inner => Below(Path.Combine(folder, inner), leftOut)),
        ];
    }
}
