using Dml.Numerics.Annotations;

namespace Dml.Plugins;

/// <summary>
/// Caltech-UCSD Birds-200-2011 (Wah et al., 2011): 200 bird species, of which the first 100 are trained on and the others tested on
/// (Song et al., CVPR 2016). A class is a folder below images, numbered from 0 in ordinal order of the names.
/// </summary>
/// <param name="options">The root and other classes than the published ones.</param>
/// <param name="context">Where relative paths start.</param>
[Plugin("cub")]
public sealed class CubDataset(CubOptions options, DatasetContext context) : IDatasetSource
{
    private const int PublishedClasses = 200;
    private const int PublishedTraining = 5864;
    private const int PublishedTest = 5924;

    private readonly ClassRange? _training = ClassRange.Parse(ClassSplit.TrainingOption, options.TrainingClasses);
    private readonly ClassRange? _test = ClassRange.Parse(ClassSplit.TestOption, options.TestClasses);

    /// <inheritdoc />
    public MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(progress);
        var root = context.Resolve(options.Root);
        var tree = BirdTree.Open(root);
        if ((_training is null || _test is null) && tree.Classes.Count != PublishedClasses)
        {
            throw new DmlException($"dataset.root: expected the published {PublishedClasses} class folders in {tree.Folder}, found {tree.Classes.Count}; "
                + $"fetch the whole dataset, or give {ClassSplit.TrainingOption} and {ClassSplit.TestOption} for a subset.");
        }

        var split = new ClassSplit(_training ?? new(0, 99), _test ?? new(100, 199), tree.Classes.Count, tree.Folder);
        var images = new List<(string Id, int ClassIndex)>();
        for (var index = 0; index < tree.Classes.Count; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (split.Training.Contains(index) || split.Test.Contains(index)) images.AddRange(tree.Images(index).Select(id => (id, index)));
            progress.Report(new("read folders", index + 1, tree.Classes.Count));
        }

        var dataset = new MetricDataset(
            split.Select(tree.Classes), split.Training.Count, split.Samples(split.Training, root, images), split.Samples(split.Test, root, images))
        {
            Warnings = tree.Warnings,
        };
        ClassSplit.RequireImages(dataset, tree.Folder, tree.WithoutImages);
        if (_training is null) RequirePublished(ClassSplit.TrainingOption, split.Training, PublishedTraining, dataset.Training.Count, tree.Folder);
        if (_test is null) RequirePublished(ClassSplit.TestOption, split.Test, PublishedTest, dataset.Query.Count, tree.Folder);
        return dataset;
    }

    private static void RequirePublished(string option, ClassRange range, int expected, int found, string folder)
    {
        if (found != expected)
        {
            throw new DmlException($"{option}: expected the published {expected} images of classes {range} in {folder}, found {found}; "
                + $"fetch the whole dataset, or name the range ({option} = \"{range}\") to take what is there.");
        }
    }
}
