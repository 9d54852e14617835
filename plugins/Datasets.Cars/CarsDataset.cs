using Dml.Numerics.Annotations;

namespace Dml.Plugins;

/// <summary>
/// Stanford Cars, also called Cars196 (Krause et al., 3dRR 2013): 196 models of cars, of which the first 98 are trained on and the others
/// tested on (Song et al., CVPR 2016). The split of the images that the dataset was published with is not used. The dataset may be there with
/// one list, with the two lists of its development kit, or as one folder a class.
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
        var cars = CarsLayout.Open(root, cancellationToken);
        if ((_training is null || _test is null) && cars.Names.Count != PublishedClasses)
        {
            throw new DmlException($"dataset.root: expected the published {PublishedClasses} classes in {cars.Place}, found {cars.Names.Count}; "
                + $"fetch the whole dataset, or give {ClassSplit.TrainingOption} and {ClassSplit.TestOption} for a subset.");
        }

        var split = new ClassSplit(_training ?? new(0, 97), _test ?? new(98, 195), cars.Names.Count, cars.Place);
        var images = cars.Images.Select(a => (a.Image, a.ClassIndex));
        var dataset = new MetricDataset(
            split.Select(cars.Names), split.Training.Count, split.Samples(split.Training, root, images), split.Samples(split.Test, root, images))
        {
            Warnings = cars.Warnings,
        };
        ClassSplit.RequireImages(dataset, cars.Place);
        if (_training is null) RequirePublished(ClassSplit.TrainingOption, split.Training, PublishedTraining, dataset.Training.Count, cars.Place);
        if (_test is null) RequirePublished(ClassSplit.TestOption, split.Test, PublishedTest, dataset.Query.Count, cars.Place);
        if (cars.Listed) ImageFiles.RequireAll([.. dataset.Training, .. dataset.Query], cars.Place, root, progress, cancellationToken);
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
