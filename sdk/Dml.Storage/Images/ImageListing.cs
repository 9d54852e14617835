namespace Dml.Storage;

/// <summary>What one folder directly holds.</summary>
/// <param name="Images">Names of its images in ordinal order.</param>
/// <param name="Folders">Names of its folders in ordinal order.</param>
/// <param name="LeftOut">What else it holds, by kind and count.</param>
public sealed record ImageListing(IReadOnlyList<string> Images, IReadOnlyList<string> Folders, LeftOut LeftOut)
{
    /// <summary>
    /// Reads the entries of a folder. Images are told by their extensions, and by their first bytes where there is none; links are followed.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="DmlException">It cannot be read.</exception>
    public static ImageListing Read(string folder)
    {
        List<string> images = [], folders = [];
        var leftOut = new LeftOut();
        try
        {
            foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
            {
                var isFolder = entry.Attributes.HasFlag(FileAttributes.Directory);
                if (ImageNames.IsPassedOver(entry.Name)) leftOut.Add(entry.Name, isFolder);
                else if (isFolder) folders.Add(entry.Name);
                else if (ImageNames.IsImage(entry.Name) || (entry.Extension.Length == 0 && ImageContent.IsImage(entry.FullName))) images.Add(entry.Name);
                else leftOut.Add(entry.Name, isFolder: false);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DmlException(
                $"dataset.root: expected to read every folder below the root, found that {folder} cannot be read ({e.Message.TrimEnd('.')}); "
                    + "give read access or move it out of the dataset.",
                e);
        }

        images.Sort(StringComparer.Ordinal);
        folders.Sort(StringComparer.Ordinal);
        return new(images, folders, leftOut);
    }
}
