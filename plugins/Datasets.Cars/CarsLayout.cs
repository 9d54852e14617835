using Dml.Storage;

namespace Dml.Plugins;

/// <summary>The cars as one of the three forms that the dataset is handed on in has them.</summary>
/// <param name="Names">Name of each class, in the order that ranges count in.</param>
/// <param name="Images">The images in the order of the published lists, or of their paths where there is no list.</param>
/// <param name="Place">The file or folder that says so, for messages.</param>
/// <param name="Listed">Whether a list names the images, so that files may be missing.</param>
/// <param name="Warnings">What was left out of folders.</param>
internal sealed record CarsLayout(
    IReadOnlyList<string> Names, IReadOnlyList<CarAnnotation> Images, string Place, bool Listed, IReadOnlyList<string> Warnings)
{
    private const string Together = "cars_annos.mat";
    private const string Training = "cars_train_annos.mat";
    private const string Test = "cars_test_annos_withlabels.mat";
    private const string UnlabelledTest = "cars_test_annos.mat";
    private const string Meta = "cars_meta.mat";
    private const string Devkit = "devkit";
    private const string TrainingImages = "cars_train";
    private const string TestImages = "cars_test";

    /// <summary>Folders of images that lists name; beside no list they are no classes.</summary>
    private static readonly string[] ImageFolders = ["car_ims", TrainingImages, TestImages];

    private static readonly string[] SplitFolders = ["train", "test"];

    /// <summary>Finds the form by its files: cars_annos.mat, else the two lists of the development kit, else class folders.</summary>
    /// <param name="root">Absolute path of the dataset's root.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">There is none of the three, or a file is damaged.</exception>
    public static CarsLayout Open(string root, CancellationToken cancellationToken)
    {
        var together = Path.Combine(root, Together);
        if (File.Exists(together) || !Directory.Exists(root)) return OfList(together, cancellationToken);
        if (Find(root, Training) is { } training) return OfKit(root, training, cancellationToken);
        return ImageFolders.Any(folder => Directory.Exists(Path.Combine(root, folder))) ? OfList(together, cancellationToken) : OfFolders(root, together);
    }

    private static CarsLayout OfList(string file, CancellationToken cancellationToken)
    {
        var annotations = CarsAnnotations.Read(file, cancellationToken);
        return new(annotations.Names, annotations.Images, file, Listed: true, []);
    }

    private static CarsLayout OfKit(string root, string training, CancellationToken cancellationToken)
    {
        if (Find(root, Test) is not { } test)
        {
            var held = Find(root, UnlabelledTest) is null ? "none" : $"{UnlabelledTest} alone, which has no labels";
            throw new DmlException(
                $"dataset.root: expected {Test} beside {training} or in {root}, found {held}; fetch the test annotations with labels.");
        }

        var names = Find(root, Meta) is { } meta ? CarsAnnotations.ReadNames(meta, cancellationToken) : null;
        var first = CarsAnnotations.Read(training, TrainingImages, names, cancellationToken);
        var second = CarsAnnotations.Read(test, TestImages, names, cancellationToken);
        var longer = second.Names.Count > first.Names.Count ? second.Names : first.Names;
        return new(longer, [.. first.Images, .. second.Images], $"{training} and {test}", Listed: true, []);
    }

    /// <summary>A folder a class, at the root or below its folders train and test alike; a class has the images of both.</summary>
    private static CarsLayout OfFolders(string root, string together)
    {
        var (leftOut, images) = (new LeftOut(), new SortedDictionary<string, List<string>>(StringComparer.Ordinal));
        var top = ImageListing.Read(root);
        leftOut.Add(top.LeftOut);
        string[] splits = top.Folders.Any(SplitFolders.Contains) ? [.. top.Folders.Where(SplitFolders.Contains)] : [""];
        foreach (var split in splits)
        {
            var listing = split.Length == 0 ? top : ImageListing.Read(Path.Combine(root, split));
            if (split.Length > 0) leftOut.Add(listing.LeftOut);
            foreach (var name in listing.Folders)
            {
                var held = ImageListing.Read(Path.Combine(root, split, name));
                leftOut.Add(held.LeftOut);
                if (!images.TryGetValue(name, out var ids)) images[name] = ids = [];
                ids.AddRange(held.Images.Select(image => split.Length == 0 ? $"{name}/{image}" : $"{split}/{name}/{image}"));
            }
        }

        if (images.Values.All(ids => ids.Count == 0))
        {
            throw new DmlException($"dataset.root: expected the annotations of Stanford Cars, found no file {together}, no {Training} "
                + $"(there or in {Devkit}) and no class folders of images; correct the path (relative paths start at the config file) or fetch the dataset.");
        }

        return new(
            [.. images.Keys], [.. images.Values.Index().SelectMany(c => c.Item.Order(StringComparer.Ordinal).Select(id => new CarAnnotation(id, c.Index)))],
            root, Listed: false, leftOut.Warnings(root));
    }

    private static string? Find(string root, string name) =>
        new[] { Path.Combine(root, name), Path.Combine(root, Devkit, name) }.FirstOrDefault(File.Exists);
}
