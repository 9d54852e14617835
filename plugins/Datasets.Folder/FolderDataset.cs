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
    /// <inheritdoc />
    public MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(progress);
        var tree = ImageTree.Read(context.Resolve(options.Root), progress, cancellationToken);
        var selection = new ClassSelection(tree);
        var training = selection.Select("training", options.Training);
        var test = selection.Select("test", options.Test);
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
            Samples(tree.Root, classes, 0, training.Count), Samples(tree.Root, classes, training.Count, classes.Length));
    }

    private static ImageSample[] Samples(string root, ClassFolder[] classes, int first, int end) =>
        [.. from c in Enumerable.Range(first, end - first)
            from image in classes[c].Images
            let id = $"{classes[c].Name}/{image}"
            select new ImageSample(id, Path.Combine(root, id), c)];
}
