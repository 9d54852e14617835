namespace Dml.Plugins;

/// <summary>
/// A dataset that is a tree of folders: a class is a folder below the root that directly holds an image, its name the relative path.
/// Classes and images are in ordinal order of their names.
/// </summary>
/// <param name="options">The root and which classes are for training and for test.</param>
/// <param name="context">Where relative paths start.</param>
[Plugin("folder")]
public sealed class FolderDataset(FolderOptions options, DatasetContext context) : IDatasetSource
{
    private const string TrainingFolder = "train";
    private const string TestFolder = "test";

    /// <inheritdoc />
    public MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(progress);
        var tree = ImageTree.Read(context.Resolve(options.Root), progress, cancellationToken);
        if (options.Training is null != options.Test is null)
        {
            throw new DmlException($"dataset.{(options.Test is null ? "test" : "training")}: expected patterns beside those of "
                + $"dataset.{(options.Test is null ? "training" : "test")}, found none; name classes, or leave both out for the folders train and test.");
        }

        var selection = new ClassSelection(tree);
        if (options.Training is null) RequireSplitFolders(tree);
        var training = selection.Select("training", options.Training ?? [TrainingFolder]);
        var test = selection.Select("test", options.Test ?? [TestFolder]);
        foreach (var (index, pattern) in test)
        {
            if (training.TryGetValue(index, out var other))
            {
                throw new DmlException($"dataset.test: expected only classes that are not trained on, found class \"{tree.Classes[index].Name}\", "
                    + $"which \"{pattern}\" selects here and \"{other}\" selects in dataset.training; change one of the two.");
            }
        }

        ClassFolder[] classes = [.. training.Keys.Concat(test.Keys).Select(i => tree.Classes[i])];
        return new(
            [.. classes.Select(c => c.Name)], training.Count,
            Samples(tree.Root, classes, 0, training.Count), Samples(tree.Root, classes, training.Count, classes.Length))
        {
            Warnings = tree.Warnings,
        };
    }

    /// <summary>Where no class is named the two folders decide, and a class folder of one name in both can only be one class.</summary>
    private static void RequireSplitFolders(ImageTree tree)
    {
        var training = Below(TrainingFolder);
        var test = Below(TestFolder);
        if (training.Count == 0 || test.Count == 0)
        {
            var missing = training.Count == 0 ? TrainingFolder : TestFolder;
            throw new DmlException($"dataset.root: expected class folders below {Path.Combine(tree.Root, missing)}, since dataset.training and dataset.test "
                + "are not given, found none; name the classes, such as dataset.training = [\"0..9\"] and dataset.test = [\"10..19\"].");
        }

        string[] shared = [.. training.Intersect(test)];
        if (shared.Length == 0) return;
        throw new DmlException($"dataset.root: expected test classes that are not trained on, found {shared.Length} class folders of one name in "
            + $"{TrainingFolder} and {TestFolder} below {tree.Root}, such as \"{shared[0]}\"; give every class one split, "
            + $"or set dataset.training to [\"{TrainingFolder}\"] and dataset.test to [\"{TestFolder}\"] where equal names are different classes.");

        HashSet<string> Below(string folder) =>
        [
            .. tree.Classes.Where(c => c.Name.StartsWith($"{folder}/", StringComparison.Ordinal)).Select(c => c.Name[(folder.Length + 1)..]),
        ];
    }

    private static ImageSample[] Samples(string root, ClassFolder[] classes, int first, int end) =>
        [.. from c in Enumerable.Range(first, end - first)
            from image in classes[c].Images
            let id = $"{classes[c].Name}/{image}"
            select new ImageSample(id, Path.Combine(root, id), c)];
}
