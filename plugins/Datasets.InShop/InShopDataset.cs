using Dml.Numerics.Annotations;

namespace Dml.Plugins;

/// <summary>
/// DeepFashion's In-shop Clothes Retrieval benchmark (Liu et al., CVPR 2016): the partition file says which images are trained on, which
/// are looked up (query) and which they are looked up in (gallery). A class is a clothing item.
/// </summary>
/// <param name="options">The root and other classes than the published ones.</param>
/// <param name="context">Where relative paths start.</param>
[Plugin("inshop")]
public sealed class InShopDataset(InShopOptions options, DatasetContext context) : IDatasetSource
{
    private const int PublishedTrainingClasses = 3997;
    private const int PublishedTestClasses = 3985;
    private const int PublishedTraining = 25882;
    private const int PublishedQuery = 14218;
    private const int PublishedGallery = 12612;

    private readonly ClassRange? _training = ClassRange.Parse(ClassSplit.TrainingOption, options.TrainingClasses);
    private readonly ClassRange? _test = ClassRange.Parse(ClassSplit.TestOption, options.TestClasses);

    /// <inheritdoc />
    public MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(progress);
        var root = context.Resolve(options.Root);
        var file = PartitionFile.Read(Path.Combine(root, "Eval", "list_eval_partition.txt"), cancellationToken);
        var classes = new ItemClasses(file);
        var (all, test) = (classes.Names.Count, new ClassRange(classes.TrainingCount, classes.Names.Count - 1));
        RequirePublished(file, classes, test);
        var split = new ClassSplit(_training ?? new(0, classes.TrainingCount - 1), _test ?? test, all, file.Path);
        RequireSides(split, test, file);
        var dataset = new MetricDataset(
            split.Select(classes.Names), split.Training.Count,
            Samples(split.Training, PartitionStatus.Train), Samples(split.Test, PartitionStatus.Query), Samples(split.Test, PartitionStatus.Gallery));
        ImageFiles.RequireAll([.. dataset.Training, .. dataset.Query, .. dataset.Gallery!], file.Path, root, progress, cancellationToken);
        return dataset;

        IReadOnlyList<ImageSample> Samples(ClassRange range, PartitionStatus status) =>
            split.Samples(range, root, file.Rows.Where(r => r.Status == status).Select(r => (r.Image, classes.Of(r))));
    }

    /// <summary>The published numbers hold where all classes are taken.</summary>
    private void RequirePublished(PartitionFile file, ItemClasses classes, ClassRange test)
    {
        var counts = file.Rows.CountBy(r => r.Status).ToDictionary();
        var (training, query, gallery) = (counts[PartitionStatus.Train], counts[PartitionStatus.Query], counts[PartitionStatus.Gallery]);
        if (_training is null && (training, classes.TrainingCount) != (PublishedTraining, PublishedTrainingClasses))
        {
            throw new DmlException($"{ClassSplit.TrainingOption}: expected the published {PublishedTraining} "
                + $"training images of {PublishedTrainingClasses} classes in {file.Path}, found {training} of {classes.TrainingCount}; "
                + $"fetch the whole file, or name the range for a subset ({ClassSplit.TrainingOption} = \"0..{classes.TrainingCount - 1}\" takes all).");
        }

        if (_test is null && (query, gallery, test.Count) != (PublishedQuery, PublishedGallery, PublishedTestClasses))
        {
            throw new DmlException($"{ClassSplit.TestOption}: expected the published {PublishedQuery} query "
                + $"and {PublishedGallery} gallery images of {PublishedTestClasses} classes in {file.Path}, found {query} and {gallery} of {test.Count}; "
                + $"fetch the whole file, or name the range for a subset ({ClassSplit.TestOption} = \"{test}\" takes all).");
        }
    }

    /// <summary>Unlike in other datasets, the file says which classes are for training; the ranges can only choose among them.</summary>
    private static void RequireSides(ClassSplit split, ClassRange test, PartitionFile file)
    {
        if (split.Training.Last >= test.First)
        {
            throw new DmlException($"{ClassSplit.TrainingOption}: expected a range within 0..{test.First - 1}, "
                + $"the training classes of {file.Path}, found {split.Training}; correct its ends.");
        }

        if (split.Test.First < test.First)
        {
            throw new DmlException($"{ClassSplit.TestOption}: expected a range within {test}, "
                + $"the test classes of {file.Path} (numbered after the training classes), found {split.Test}; correct its ends.");
        }
    }
}
