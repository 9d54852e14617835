namespace Dml.Plugins;

/// <summary>
/// The class folders of CUB and the images in them, in the order of the published code: folders of a class in ordinal order of their
/// whole paths, in each the files in ordinal order of their names.
/// </summary>
internal sealed class BirdTree
{
    private const string ImagesFolder = "images";

    /// <summary>The dataset has one level; more than a few can only be a loop of links.</summary>
    private const int DeepestFolder = 8;

    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"];

    private BirdTree(string folder, IReadOnlyList<string> classes) => (Folder, Classes) = (folder, classes);

    /// <summary>Absolute path of the folder with the class folders.</summary>
    public string Folder { get; }

    /// <summary>Names of the class folders in ordinal order; a class's index is its place here.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Finds the class folders.</summary>
    /// <param name="root">Absolute path of the dataset's root.</param>
    /// <exception cref="DmlException">There is no folder images.</exception>
    public static BirdTree Open(string root)
    {
        var folder = Path.Combine(root, ImagesFolder);
        if (!Directory.Exists(folder))
        {
            throw new DmlException($"dataset.root: expected the unpacked CUB_200_2011 with its folder images, found no folder {folder}; "
                + "correct the path (relative paths start at the config file) or fetch the dataset.");
        }

        return new(folder, [.. Entries(folder).Where(IsFolder).Select(e => e.Name).Order(StringComparer.Ordinal)]);
    }

    /// <summary>Paths of a class's images relative to the root, with forward slashes.</summary>
    /// <param name="classIndex">The class.</param>
    /// <exception cref="DmlException">A folder cannot be read or is nested too deep.</exception>
    public IReadOnlyList<string> Images(int classIndex)
    {
        var folders = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        Visit($"{ImagesFolder}/{Classes[classIndex]}", Path.Combine(Folder, Classes[classIndex]), 1, folders);
        return [.. folders.SelectMany(f => f.Value.Order(StringComparer.Ordinal).Select(name => $"{f.Key}/{name}"))];
    }

    private static void Visit(string id, string folder, int depth, SortedDictionary<string, List<string>> folders)
    {
        if (depth > DeepestFolder)
        {
            throw new DmlException($"dataset.root: expected at most {DeepestFolder} folders within each other below a class, found more at {folder}; "
                + "remove the loop of links or the folders there.");
        }

        var images = folders[id] = [];
        foreach (var entry in Entries(folder))
        {
            if (IsFolder(entry)) Visit($"{id}/{entry.Name}", Path.Combine(folder, entry.Name), depth + 1, folders);
            else if (IsImage(entry.Name)) images.Add(entry.Name);
        }
    }

    private static FileSystemInfo[] Entries(string folder)
    {
        try
        {
            return new DirectoryInfo(folder).GetFileSystemInfos();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DmlException(
                $"dataset.root: expected to read every class folder, found that {folder} cannot be read ({e.Message.TrimEnd('.')}); give read access.", e);
        }
    }

    private static bool IsFolder(FileSystemInfo entry) => entry.Attributes.HasFlag(FileAttributes.Directory);

    /// <summary>"._name" is what macOS leaves in archives.</summary>
    private static bool IsImage(string name) =>
        !name.StartsWith("._", StringComparison.Ordinal) && Extensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);
}
