using Dml.Storage;

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

    private readonly LeftOut _leftOut = new();
    private readonly Dictionary<string, string> _withoutImages = new(StringComparer.Ordinal);

    private BirdTree(string folder, ImageListing listing)
    {
        (Folder, Classes) = (folder, listing.Folders);
        _leftOut.Add(listing.LeftOut);
        if (listing.Images.Count > 0) _leftOut.Add("images that lie in no class folder", listing.Images.Count);
    }

    /// <summary>Absolute path of the folder with the class folders.</summary>
    public string Folder { get; }

    /// <summary>Names of the class folders in ordinal order; a class's index is its place here.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>What was passed over in the folders read so far, in one sentence; none where nothing was.</summary>
    public IReadOnlyList<string> Warnings => _leftOut.Warnings(Folder);

    /// <summary>The classes read so far that have no image, each with what its folder holds instead.</summary>
    public IReadOnlyDictionary<string, string> WithoutImages => _withoutImages;

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

        return new(folder, ImageListing.Read(folder));
    }

    /// <summary>Paths of a class's images relative to the root, with forward slashes.</summary>
    /// <param name="classIndex">The class.</param>
    /// <exception cref="DmlException">A folder cannot be read or is nested too deep.</exception>
    public IReadOnlyList<string> Images(int classIndex)
    {
        var (name, leftOut) = (Classes[classIndex], new LeftOut());
        var folders = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        Visit($"{ImagesFolder}/{name}", Path.Combine(Folder, name), 1, folders, leftOut);
        _leftOut.Add(leftOut);
        if (folders.Values.All(images => images.Count == 0)) _withoutImages[name] = leftOut.ToString();
        return [.. folders.SelectMany(f => f.Value.Select(image => $"{f.Key}/{image}"))];
    }

    private static void Visit(string id, string folder, int depth, SortedDictionary<string, IReadOnlyList<string>> folders, LeftOut leftOut)
    {
        if (depth > DeepestFolder)
        {
            throw new DmlException($"dataset.root: expected at most {DeepestFolder} folders within each other below a class, found more at {folder}; "
                + "remove the loop of links or the folders there.");
        }

        var listing = ImageListing.Read(folder);
        folders[id] = listing.Images;
        leftOut.Add(listing.LeftOut);
        foreach (var child in listing.Folders) Visit($"{id}/{child}", Path.Combine(folder, child), depth + 1, folders, leftOut);
    }
}
