namespace Dml.Numerics.Annotations;

/// <summary>
/// Which classes of a dataset with a published numbering are trained on and which are tested on. In a <see cref="MetricDataset"/> the
/// training classes have the numbers 0..C-1 and the test classes those after, both in published order; so the numbers are the published
/// ones where the training range starts at 0 and the test range follows it without a gap.
/// </summary>
public sealed class ClassSplit
{
    /// <summary>The option of the training classes.</summary>
    public const string TrainingOption = "dataset.trainingClasses";

    /// <summary>The option of the test classes.</summary>
    public const string TestOption = "dataset.testClasses";

    /// <summary>Makes the split.</summary>
    /// <param name="training">Published indices of the training classes.</param>
    /// <param name="test">Published indices of the test classes.</param>
    /// <param name="classCount">Number of classes that there are.</param>
    /// <param name="place">Where they are: a file or folder, for the message.</param>
    /// <exception cref="DmlException">A range goes beyond the classes, or the two share a class.</exception>
    public ClassSplit(ClassRange training, ClassRange test, int classCount, string place)
    {
        foreach (var (option, range) in new[] { (TrainingOption, training), (TestOption, test) })
        {
            if (range.Last >= classCount)
            {
                throw new DmlException($"{option}: expected a range within 0..{classCount - 1}, the classes of {place}, found {range}; correct its ends.");
            }
        }

        if (training.First <= test.Last && test.First <= training.Last)
        {
            throw new DmlException($"{TestOption}: expected only classes that are not trained on, found {test}, "
                + $"which shares class {Math.Max(training.First, test.First)} with {TrainingOption} = {training}; change one of the two.");
        }

        (Training, Test) = (training, test);
    }

    /// <summary>Published indices of the training classes.</summary>
    public ClassRange Training { get; }

    /// <summary>Published indices of the test classes.</summary>
    public ClassRange Test { get; }

    /// <summary>A value of each selected class, such as its name, training classes first.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="all">One value a published class.</param>
    public IReadOnlyList<T> Select<T>(IReadOnlyList<T> all)
    {
        ArgumentNullException.ThrowIfNull(all);
        return [.. all.Skip(Training.First).Take(Training.Count), .. all.Skip(Test.First).Take(Test.Count)];
    }

    /// <summary>The images of the training or of the test classes, in the order given and with the numbers that the classes have here.</summary>
    /// <param name="range"><see cref="Training"/> or <see cref="Test"/>.</param>
    /// <param name="root">Absolute path of the dataset's root.</param>
    /// <param name="images">Path relative to the root and published class of each image.</param>
    public IReadOnlyList<ImageSample> Samples(ClassRange range, string root, IEnumerable<(string Id, int ClassIndex)> images)
    {
        var shift = (range == Training ? 0 : Training.Count) - range.First;
        return [.. images.Where(i => range.Contains(i.ClassIndex)).Select(i => new ImageSample(i.Id, Path.Combine(root, i.Id), i.ClassIndex + shift))];
    }

    /// <summary>Refuses a class without images.</summary>
    /// <param name="dataset">The dataset that was made of this split.</param>
    /// <param name="place">Where its images should be: a file or folder, for the message.</param>
    /// <exception cref="DmlException">A class has none; it is named.</exception>
    public static void RequireImages(MetricDataset dataset, string place) => RequireImages(dataset, place, new Dictionary<string, string>());

    /// <summary>Refuses a class without images and says what there is instead.</summary>
    /// <param name="dataset">The dataset that was made of this split.</param>
    /// <param name="place">Where its images should be: a file or folder, for the message.</param>
    /// <param name="instead">What the folders of classes without images hold instead, by the class's name; may be empty.</param>
    /// <exception cref="DmlException">A class has none; it is named.</exception>
    public static void RequireImages(MetricDataset dataset, string place, IReadOnlyDictionary<string, string> instead)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(instead);
        var used = dataset.Training.Concat(dataset.Query).Select(s => s.ClassIndex).ToHashSet();
        foreach (var (index, name) in dataset.ClassNames.Index())
        {
            if (used.Contains(index)) continue;
            var held = instead.TryGetValue(name, out var what) ? $" (its folder holds {what})" : "";
            throw new DmlException($"{(index < dataset.TrainingClassCount ? TrainingOption : TestOption)}: "
                + $"expected images of every class, found none of \"{name}\"{held} in {place}; add its images or leave the class out.");
        }
    }
}
