namespace Dml.Testing;

/// <summary>Checks that a dataset keeps the contract of <see cref="IDatasetSource"/>. No image is decoded and no tensor is made.</summary>
public static class DatasetConformance
{
    /// <summary>
    /// Checks that there are images to train on and to look up, that ids are unique, relative and match their files, that class indices
    /// are in range with training and evaluation classes disjoint, that the files exist, and that opening twice gives the same.
    /// </summary>
    /// <param name="source">The dataset, made for a folder that is there or may be written to; it is opened twice.</param>
    /// <exception cref="ConformanceException">The dataset breaks its contract.</exception>
    /// <exception cref="DmlException">The dataset could not be opened.</exception>
    public static void Check(IDatasetSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        Expect.On("docs/datasets.md#your-own-dataset", () => CheckAll(source));
    }

    private static void CheckAll(IDatasetSource source)
    {
        var member = $"{source.GetType().Name}.Open";
        var dataset = Open(source, member);
        Classes(dataset, member);
        (string Name, IReadOnlyList<ImageSample> Samples, int First, int End)[] splits =
        [
            ("Training", dataset.Training, 0, dataset.TrainingClassCount),
            ("Query", dataset.Query, dataset.TrainingClassCount, dataset.ClassNames.Count),
            ("Gallery", dataset.Gallery ?? dataset.Query, dataset.TrainingClassCount, dataset.ClassNames.Count),
        ];
        foreach (var (name, samples, first, end) in splits)
        {
            Expect.That(
                samples.Count > 0, $"{member}: expected at least one image in {name}, found none; throw a DmlException that says what is missing instead.");
            foreach (var sample in samples) Sample(sample, name, first, end, member);
        }

        Ids(dataset, member);
        Same(dataset, Open(source, member), member);
    }

    private static MetricDataset Open(IDatasetSource source, string member) => source.Open(new IgnoredProgress(), CancellationToken.None)
        ?? throw new ConformanceException($"{member}: expected a dataset, found null; throw a DmlException for a dataset that cannot be read.");

    private static void Classes(MetricDataset dataset, string member)
    {
        var (classes, training) = (dataset.ClassNames.Count, dataset.TrainingClassCount);
        Expect.That(training >= 1 && training < classes, $"{member}: expected TrainingClassCount between 1 and the number of classes less one, "
            + $"found {training} of {classes}; number the training classes first and the evaluation classes after them.");
        var unnamed = dataset.ClassNames.ToList().FindIndex(string.IsNullOrWhiteSpace);
        Expect.That(unnamed < 0, $"{member}: expected a name for every class, found none for class {unnamed}; a report shows these names.");
    }

    private static void Sample(ImageSample sample, string split, int first, int end, string member)
    {
        var (id, file, label) = sample;
        Expect.That(
            label >= first && label < end,
            $"{member}: expected class indices of {split} in [{first}, {end}), found {label} for \"{id}\"; "
                + $"training classes are 0..C-1 and evaluation classes come after them, so that the two are disjoint.");
        var relative = id.Length > 0 && !id.Contains('\\', StringComparison.Ordinal)
            && !Path.IsPathRooted(id) && !id.Split('/').Any(part => part is "" or "." or "..");
        Expect.That(relative, $"{member}: expected ids that are paths relative to the dataset's root with forward slashes, found \"{id}\"; "
            + $"an id must be the same on every machine.");
        Expect.That(
            Path.IsPathFullyQualified(file),
            $"{member}: expected the absolute path of the image \"{id}\", found \"{file}\"; resolve it with DatasetContext.Resolve.");
        Expect.That(
            file.Replace('\\', '/').EndsWith("/" + id, StringComparison.Ordinal),
            $"{member}: expected the file of \"{id}\" to end with its id, found \"{file}\"; an id is the path relative to the dataset's root.");
        Expect.That(File.Exists(file), $"{member}: expected the image of \"{id}\" at {file}, found no file; check the folder or leave the image out.");
    }

    private static void Ids(MetricDataset dataset, string member)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var sample in dataset.Training.Concat(dataset.Query).Concat(dataset.Gallery ?? []))
        {
            Expect.That(seen.Add(sample.Id), $"{member}: expected unique ids, found \"{sample.Id}\" twice; give every image one place in one split.");
        }
    }

    private static void Same(MetricDataset first, MetricDataset second, string member)
    {
        var same = first.ClassNames.SequenceEqual(second.ClassNames)
            && first.TrainingClassCount == second.TrainingClassCount
            && first.Training.SequenceEqual(second.Training)
            && first.Query.SequenceEqual(second.Query)
            && (first.Gallery ?? []).SequenceEqual(second.Gallery ?? [])
            && first.Gallery is null == second.Gallery is null;
        Expect.That(same, $"{member}: expected the same classes and images in the same order from a second call, found others; "
            + $"sort what comes from the file system, with StringComparer.Ordinal.");
    }
}
