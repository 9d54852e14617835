namespace Template.Plugin1;

/// <summary>Options of the dataset.</summary>
public sealed record Template_Plugin1Options
{
    /// <summary>The list; relative to the config, paths in it to its own folder.</summary>
    public required string List { get; init; }
}

/// <summary>Images listed in a text file: one line "path class split" each, split train or test.</summary>
[Plugin("plugin-name-1")]
public sealed class Template_Plugin1Dataset(Template_Plugin1Options options, DatasetContext context) : IDatasetSource
{
    /// <inheritdoc/>
    public MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var list = context.Resolve(options.List);
        if (!File.Exists(list)) throw new DmlException($"dataset.list: expected a text file, found nothing at {list}; correct the path.");
        var rows = File.ReadLines(list).Select((line, number) => Row(list, number + 1, line)).ToList();

        // Training classes come first, and the evaluation classes after them.
        var training = rows.Where(r => r.Split == "train").Select(r => r.Class).Distinct().Order(StringComparer.Ordinal).ToList();
        var names = training.Concat(rows.Select(r => r.Class).Except(training).Order(StringComparer.Ordinal)).ToList();
        var folder = Path.GetDirectoryName(Path.GetFullPath(list))!;
        var samples = rows.ToLookup(r => r.Split, r => new ImageSample(r.Path, Path.Combine(folder, r.Path), names.IndexOf(r.Class)));
        return new(names, training.Count, [.. samples["train"]], [.. samples["test"]]);
    }

    private static (string Path, string Class, string Split) Row(string list, int number, string line) =>
        line.Split(' ') is [var path, var name, "train" or "test"] parts
            ? (path, name, parts[2])
            : throw new DmlException($"{list}:{number}: expected \"path class train\" or \"path class test\", found \"{line}\"; correct the line.");
}
