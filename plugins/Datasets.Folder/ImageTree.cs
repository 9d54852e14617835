namespace Dml.Plugins;

/// <summary>The class folders below a root.</summary>
internal sealed class ImageTree
{
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"];

    /// <summary>Ways to one folder through links; more than any dataset has, and few enough for links that multiply to be found at once.</summary>
    private const int MostWays = 32;

    private readonly List<ClassFolder> _classes = [];
    private readonly List<string> _leavesWithoutImages = [];
    private readonly IProgress<ProgressReport> _progress;
    private readonly CancellationToken _cancellationToken;
    private readonly Dictionary<string, int> _ways = new(StringComparer.Ordinal);
    private readonly string _realRoot;
    private long _folders;

    private ImageTree(string root, IProgress<ProgressReport> progress, CancellationToken cancellationToken) =>
        (Root, _realRoot, _progress, _cancellationToken) = (root, RealPath.Of(root), progress, cancellationToken);

    /// <summary>Absolute path of the root.</summary>
    public string Root { get; }

    /// <summary>The folders that directly hold images, in ordinal order of their names. The root itself is none.</summary>
    public IReadOnlyList<ClassFolder> Classes => _classes;

    /// <summary>Names of the folders with neither images nor folders in them.</summary>
    public IReadOnlyList<string> LeavesWithoutImages => _leavesWithoutImages;

    /// <summary>Reads a tree. Hidden files and folders and what is no image are passed over; a link back to a folder above is not followed.</summary>
    /// <param name="root">Absolute path.</param>
    /// <param name="progress">Receives the number of folders read.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">The root is missing or a file, a folder cannot be read, or there is no class.</exception>
    public static ImageTree Read(string root, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        if (File.Exists(root))
        {
            throw new DmlException(
                $"dataset.root: expected a folder with class folders, found a file at {root}; name the folder, unpacked if it is an archive.");
        }

        if (!Directory.Exists(root))
        {
            throw new DmlException($"dataset.root: expected a folder with class folders, found nothing at {root}; "
                + "correct the path (relative paths start at the config file) or fetch the dataset.");
        }

        var tree = new ImageTree(root, progress, cancellationToken);
        var above = new HashSet<string>(StringComparer.Ordinal) { tree._realRoot };
        var direct = tree.Visit(root, "", above);
        if (tree._classes.Count == 0)
        {
            throw new DmlException(direct > 0
                ? $"dataset.root: expected folders of images, one a class, found {direct} images directly in {root}; "
                    + "sort them into one folder a class or name the folder above."
                : $"dataset.root: expected folders of images ({string.Join(' ', Extensions)}), found no image in {root}; "
                    + "name the folder that the dataset was unpacked to.");
        }

        tree._classes.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return tree;
    }

    /// <summary>Reads one folder and those below; returns how many images it directly holds.</summary>
    /// <param name="folder">Absolute path.</param>
    /// <param name="name">Relative to the root; empty for the root.</param>
    /// <param name="above">Real paths of this folder and of those that it was reached through.</param>
    private int Visit(string folder, string name, HashSet<string> above)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        _progress.Report(new("read folders", ++_folders, 0));
        var (images, folders) = List(folder);
        if (name.Length > 0 && images.Count > 0) _classes.Add(new(name, images));
        if (images.Count == 0 && folders.Count == 0) _leavesWithoutImages.Add(name);
        foreach (var child in folders)
        {
            var path = Path.Combine(folder, child);
            var real = RealPath.Of(path);
            if (!above.Add(real)) continue;
            RequireBounded(path, real);
            Visit(path, name.Length == 0 ? child : $"{name}/{child}", above);
            above.Remove(real);
        }

        return images.Count;
    }

    /// <summary>
    /// A link to a folder that holds the root would take in half the disk, and links among folders multiply: ten of them are millions of ways.
    /// </summary>
    private void RequireBounded(string path, string real)
    {
        if (_realRoot.StartsWith(Path.TrimEndingDirectorySeparator(real) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            || real == Path.GetPathRoot(real))
        {
            throw new DmlException(
                $"dataset.root: expected links to folders of images, found {path}, which leads to {real}, a folder above the dataset; remove the link.");
        }

        var ways = _ways.GetValueOrDefault(real) + 1;
        if (ways > MostWays)
        {
            throw new DmlException($"dataset.root: expected a tree of folders, found links that lead to {real} in more than {MostWays} ways, "
                + $"the last of them {path}; remove links.");
        }

        _ways[real] = ways;
    }

    private static (List<string> Images, List<string> Folders) List(string folder)
    {
        List<string> images = [], folders = [];
        try
        {
            foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
            {
                if (Ignored(entry.Name)) continue;
                if (entry.Attributes.HasFlag(FileAttributes.Directory)) folders.Add(entry.Name);
                else if (Extensions.Contains(Path.GetExtension(entry.Name), StringComparer.OrdinalIgnoreCase)) images.Add(entry.Name);
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
        return (images, folders);
    }

    /// <summary>Hidden entries, macOS "._name" files among them, and the folder that its archives keep those in.</summary>
    private static bool Ignored(string name) => name.StartsWith('.') || name == "__MACOSX";
}
