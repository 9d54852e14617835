using Dml.Numerics.Annotations;

namespace Dml.Plugins;

/// <summary>
/// Stanford Cars, also called Cars196 (Krause et al., 3dRR 2013): 196 models of cars, of which the first 98 are trained on and the others
/// tested on (Song et al., CVPR 2016). The split of the images that the dataset was published with is not used.
/// </summary>
/// <param name="options">The root and other classes than the published ones.</param>
/// <param name="context">Where relative paths start.</param>
[Plugin("cars")]
public sealed class CarsDataset(CarsOptions options, DatasetContext context) : IDatasetSource
{
    private const int PublishedClasses = 196;
    private const int PublishedTraining = 8054;
    private const int PublishedTest = 8131;

    private readonly ClassRange? _training = ClassRange.Parse(ClassSplit.TrainingOption, options.TrainingClasses);
    private readonly ClassRange? _test = ClassRange.Parse(ClassSplit.TestOption, options.TestClasses);

    /// <inheritdoc />
    public MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(progress);
        var root = context.Resolve(options.Root);
        var file = Path.Combine(root, "cars_annos.mat");
        var annotations = CarsAnnotations.Read(file, cancellationToken);
        if ((_training is null || _test is null) && annotations.Names.Count != PublishedClasses)
        {
            throw new DmlException($"dataset.root: expected the published {PublishedClasses} classes in {file}, found {annotations.Names.Count}; "
                + $"fetch the whole dataset, or give {ClassSplit.TrainingOption} and {ClassSplit.TestOption} for a subset.");
        }

        var split = new ClassSplit(_training ?? new(0, 97), _test ?? new(98, 195), annotations.Names.Count, file);
        var images = annotations.Images.Select(a => (a.Image, a.ClassIndex));
        var dataset = new MetricDataset(
            split.Select(annotations.Names), split.Training.Count, split.Samples(split.Training, root, images), split.Samples(split.Test, root, images));
        ClassSplit.RequireImages(dataset, file);
        if (_training is null) RequirePublished(ClassSplit.TrainingOption, split.Training, PublishedTraining, dataset.Training.Count, file);
        if (_test is null) RequirePublished(ClassSplit.TestOption, split.Test, PublishedTest, dataset.Query.Count, file);
        ImageFiles.RequireAll([.. dataset.Training, .. dataset.Query], file, root, progress, cancellationToken);
        return dataset;
    }

    private static void RequirePublished(string option, ClassRange range, int expected, int found, string file)
    {
        if (found != expected)
        {
            throw new DmlException($"{option}: expected the published {expected} images of classes {range} in {file}, found {found}; "
                + $"fetch the whole dataset, or name the range ({option} = \"{range}\") to take what is there.");
        }
    }
}
