using System.Globalization;

namespace Dml.Plugins;

/// <summary>
/// A dataset that is a table of images with their labels and splits. Classes are in ordinal order of their labels, or in order of
/// their numbers where all are whole numbers; images are in the order of the table.
/// </summary>
/// <param name="options">The table and its columns.</param>
/// <param name="context">Where relative paths start.</param>
[Plugin("csv")]
public sealed class CsvDataset(CsvOptions options, DatasetContext context) : IDatasetSource
{
    private const string Stage = "check image files";
    private const int ReportEvery = 5000;

    /// <inheritdoc />
    public MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(progress);
        var file = context.Resolve(options.File);
        var root = options.Root is null ? Path.GetDirectoryName(file)! : context.Resolve(options.Root);
        var table = ImageTable.Read(file, options, cancellationToken);
        var (training, test) = (Labels(table, r => r.Use == ImageUse.Training), Labels(table, r => r.Use != ImageUse.Training));
        RequireDisjoint(table, training);
        RequireFiles(table, root, progress, cancellationToken);
        string[] names = [.. training, .. test];
        var numbers = names.Index().ToDictionary(n => n.Item, n => n.Index, StringComparer.Ordinal);
        var hasGallery = table.Rows.Any(r => r.Use == ImageUse.Gallery);
        return new(
            names, training.Count, Samples(ImageUse.Training), Samples(hasGallery ? ImageUse.Query : ImageUse.Test),
            hasGallery ? Samples(ImageUse.Gallery) : null);

        IReadOnlyList<ImageSample> Samples(ImageUse use) =>
        [
            .. table.Rows.Where(r => r.Use == use)
                .Select(r => new ImageSample(r.Path, Path.Combine(root, r.Path), numbers[r.Label]) { Box = r.Box, Group = r.Group }),
        ];
    }

    private static IReadOnlyList<string> Labels(ImageTable table, Func<ImageRow, bool> among)
    {
        string[] labels = [.. table.Rows.Where(among).Select(r => r.Label).Distinct().Order(StringComparer.Ordinal)];
        long?[] numbers =
            [.. labels.Select(l => long.TryParse(l, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : (long?)null)];
        return numbers.All(n => n is not null) ? [.. labels.Zip(numbers).OrderBy(l => l.Second).Select(l => l.First)] : labels;
    }

    private void RequireDisjoint(ImageTable table, IReadOnlyList<string> training)
    {
        var first = table.Rows.Where(r => r.Use == ImageUse.Training).DistinctBy(r => r.Label).ToDictionary(r => r.Label, r => r.Line, StringComparer.Ordinal);
        if (table.Rows.FirstOrDefault(r => r.Use != ImageUse.Training && first.ContainsKey(r.Label)) is not { } shared) return;
        var count = table.Rows.Where(r => r.Use != ImageUse.Training).Select(r => r.Label).Distinct().Count(first.ContainsKey);
        throw table.Broken(
            shared.Line, $"expected test classes that are not trained on, found {count} of the {training.Count} training labels in both splits, such as "
                + $"\"{shared.Label}\" in the {options.SplitColumn} {options.TrainingSplit} of line {first[shared.Label]}",
            "give every label one split, since a model is tested on classes that it has not seen");
    }

    private static void RequireFiles(ImageTable table, string root, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var missing = new List<ImageRow>();
        foreach (var (index, row) in table.Rows.Index())
        {
            if (index % ReportEvery == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress.Report(new(Stage, index, table.Rows.Count));
            }

            if (!File.Exists(Path.Combine(root, row.Path))) missing.Add(row);
        }

        progress.Report(new(Stage, table.Rows.Count, table.Rows.Count));
        if (missing.Count == 0) return;
        throw table.Broken(
            missing[0].Line,
            $"expected the image {missing[0].Path} below {root}, found no file there ({missing.Count} of {table.Rows.Count} images are missing)",
            "correct the path, or set dataset.root to the folder that paths start at");
    }
}
