using Dml.Storage;

namespace Dml.Plugins;

/// <summary>The class folders below a root.</summary>
internal sealed class ImageTree
{
    /// <summary>Ways to one folder through links; more than any dataset has, and few enough for links that multiply to be found at once.</summary>
    private const int MostWays = 32;

    /// <summary>Empty folders that a warning names.</summary>
    private const int MostNamed = 5;

    private readonly List<ClassFolder> _classes = [];
    private readonly SortedDictionary<string, string> _leavesWithoutImages = new(StringComparer.Ordinal);
    private readonly LeftOut _leftOut = new();
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

    /// <summary>The folders with neither images nor folders in them: for each its name and what it holds instead, such as "3 .heic" or "nothing".</summary>
    public IReadOnlyDictionary<string, string> LeavesWithoutImages => _leavesWithoutImages;

    /// <summary>What was passed over, and the folders that hold no image, in a sentence each; none where all was read.</summary>
    public IReadOnlyList<string> Warnings => [.. _leftOut.Warnings(Root), .. EmptyFolders()];

    /// <summary>Reads a tree. What <see cref="ImageListing"/> leaves out is counted; a link back to a folder above is not followed.</summary>
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
                : $"dataset.root: expected folders of images ({string.Join(' ', ImageNames.Extensions)}), found no image in {root} ({tree._leftOut}); "
                    + "name the folder that the dataset was unpacked to.");
        }

        if (direct > 0) tree._leftOut.Add("images that lie in no class folder", direct);
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
        var (images, folders, leftOut) = ImageListing.Read(folder);
        _leftOut.Add(leftOut);
        if (name.Length > 0 && images.Count > 0) _classes.Add(new(name, images));
        if (images.Count == 0 && folders.Count == 0) _leavesWithoutImages.TryAdd(name, leftOut.ToString());
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

    private IReadOnlyList<string> EmptyFolders()
    {
        if (_leavesWithoutImages.Count == 0) return [];
        var named = string.Join(", ", _leavesWithoutImages.Take(MostNamed).Select(leaf => $"{leaf.Key} (it holds {leaf.Value})"));
        var more = _leavesWithoutImages.Count - MostNamed;
        return [$"No image that can be read in {named}{(more > 0 ? $" and {more} more folders" : "")}; they are no classes."];
    }
}
