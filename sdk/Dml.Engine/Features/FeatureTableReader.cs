using Dml.Configuration;

namespace Dml.Engine.Features;

/// <summary>Reads a table of features from the files and forms in which it may be given.</summary>
internal sealed class FeatureTableReader
{
    private static readonly string[] Extensions = [".safetensors", ".npz", ".parquet"];

    private static readonly string[] SplitWords = ["train", "test", "query", "gallery"];

    private readonly List<FeatureArrays> _files = [];
    private readonly List<string> _warnings = [];
    private IReadOnlyList<string>? _classNames;

    /// <summary>Reads it.</summary>
    /// <param name="path">As of <see cref="FeatureTable.Open"/>.</param>
    /// <param name="testPath">As of <see cref="FeatureTable.Open"/>.</param>
    public FeatureTable Read(string path, string? testPath)
    {
        try
        {
            return Make(Splits(path, testPath));
        }
        catch
        {
            foreach (var file in _files) file.Dispose();
            throw;
        }
    }

    private GivenSplits Splits(string path, string? testPath)
    {
        if (Directory.Exists(path) && FileOf(path, "train") is { } train)
        {
            return Splits(train, testPath ?? FileOf(path, "test"), FileOf(path, "query"), FileOf(path, "gallery"));
        }

        return Splits(path, testPath, null, null);
    }

    private GivenSplits Splits(string path, string? testPath, string? queryPath, string? galleryPath)
    {
        var given = Parts(Open(path), FeatureNames.Train);
        if (given.Training is null)
        {
            throw new DmlException($"{path}: expected training samples, found {given.Test.Count + given.Gallery.Count} parts of a test split alone; "
                + $"give the training split as {Mention.Option("features")}, this as {Mention.Option("testFeatures")}.");
        }

        foreach (var (file, prefix) in new[] { (testPath, FeatureNames.Test), (queryPath, FeatureNames.Query), (galleryPath, FeatureNames.Gallery) })
        {
            if (file is null) continue;
            if (given.HasTest(prefix)) throw new DmlException($"{file}: expected no test split beside that of {path}, found both; give one of them.");
            var other = Parts(Open(file), prefix);
            if (other.Training is not null) throw new DmlException($"{file}: expected test samples alone, found training samples too; give the file alone.");
            given = given.With(other);
        }

        return given;
    }

    private FeatureColumns Open(string path)
    {
        var file = FeatureArrays.Open(path);
        _files.Add(file);
        var columns = new FeatureColumns(file, path);
        _classNames ??= columns.Texts(FeatureNames.ClassNames, null);
        return columns;
    }

    /// <summary>The splits of one file.</summary>
    /// <param name="columns">The file.</param>
    /// <param name="alone">The split that its samples are of where the file does not say.</param>
    private GivenSplits Parts(FeatureColumns columns, string alone)
    {
        string[] prefixes = [FeatureNames.Train, FeatureNames.Test, FeatureNames.Query, FeatureNames.Gallery];
        if (prefixes.Any(p => columns.Has(p + FeatureNames.Features)))
        {
            if (columns.Has(FeatureNames.Split))
            {
                throw new DmlException(
                    $"{columns.Path}: expected one array of all features beside \"{FeatureNames.Split}\", found arrays of a split; name them "
                        + $"\"{FeatureNames.Features}\", \"{FeatureNames.Labels}\" and so on, or leave \"{FeatureNames.Split}\" out.");
            }

            return prefixes.Where(p => columns.Has(p + FeatureNames.Features))
                .Aggregate(GivenSplits.None, (all, prefix) => all.Add(prefix, RawSplit.Read(columns, prefix)));
        }

        if (!columns.Has(FeatureNames.Features))
        {
            var meant = columns.Nearest(FeatureNames.Features) is null ? alone + FeatureNames.Features : FeatureNames.Features;
            throw columns.Missing($"an array \"{alone}features\", or \"features\"", meant);
        }

        var whole = RawSplit.Read(columns, "");
        TellOthers(columns);
        return columns.Texts(FeatureNames.Split, whole.Rows.Count) is { } split ? Divide(columns, whole, split) : GivenSplits.None.Add(alone, whole);
    }

    /// <summary>A misspelt array is told; without its split a head would be trained on the test samples, so that one is refused.</summary>
    private void TellOthers(FeatureColumns columns)
    {
        if (!columns.Has(FeatureNames.Split) && columns.Nearest(FeatureNames.Split) is { } split)
        {
            throw new DmlException($"{columns.Path}: expected \"{FeatureNames.Split}\" to say which samples are of which split, found \"{split}\"; rename it.");
        }

        foreach (var name in new[] { FeatureNames.Ids, FeatureNames.Paths, FeatureNames.Groups }.Where(n => !columns.Has(n)))
        {
            if (columns.Nearest(name) is not { } other) continue;
            _warnings.Add($"{columns.Path}: the array \"{other}\" is passed over; rename it to \"{name}\" if that is meant.");
        }
    }

    private GivenSplits Divide(FeatureColumns columns, RawSplit whole, IReadOnlyList<string> split)
    {
        var groups = split.Index().GroupBy(s => s.Item, s => s.Index, StringComparer.Ordinal).ToDictionary(g => g.Key, g => (IReadOnlyList<int>)[.. g]);
        var given = GivenSplits.None;
        foreach (var (name, items) in groups.OrderBy(g => g.Value[0]))
        {
            if (PrefixOf(name) is { } prefix)
            {
                given = given.Add(prefix, whole.Where(items));
                continue;
            }

            if (NearestName.Find(name.Trim(), SplitWords) is { } meant)
            {
                throw new DmlException(
                    $"{columns.Path}: expected \"{FeatureNames.Split}\" to say train, test, query or gallery, found \"{name}\" for {items.Count} samples; "
                        + $"did you mean \"{meant}\"? Another word leaves them out.");
            }

            _warnings.Add($"{columns.Path}: {items.Count} samples of the split \"{name}\" are left out; train, test, query and gallery are read.");
        }

        return given.Training is not null || given.HasTest(FeatureNames.Test) ? given : throw new DmlException(
            $"{columns.Path}: expected \"split\" to say train, test, query or gallery, "
                + $"found {string.Join(", ", groups.Keys.Take(8).Select(k => $"\"{k}\""))}; use these words.");
    }

    private static string? PrefixOf(string split) => split.Trim().ToLowerInvariant() switch
    {
        "train" or "training" => FeatureNames.Train,
        "test" or "testing" => FeatureNames.Test,
        "query" => FeatureNames.Query,
        "gallery" => FeatureNames.Gallery,
        _ => null,
    };

    private FeatureTable Make(GivenSplits given)
    {
        var training = given.Training!;
        RawSplit[] test = [.. given.Test, .. given.Gallery];
        var classes = new ClassNumbers(training, test, _classNames);
        foreach (var part in test.Prepend(training))
        {
            part.Rows.RequireFinite(part.Source, FeatureSplit.BlockSize);
            if (part.Rows.Size == training.Rows.Size) continue;
            throw new DmlException($"{part.Source}: expected {training.Rows.Size} features a sample, as the training split in {training.Source} has, "
                + $"found {part.Rows.Size}; the splits must come from one model.");
        }

        return new(_files)
        {
            Training = SplitAssembly.Split("train", [training], classes, _warnings),
            Test = test.Length == 0 ? null : SplitAssembly.Split("test", test, classes, _warnings),
            ClassNames = classes.Names,
            TrainingClassCount = classes.TrainingCount,
            QueryCount = given.Gallery.Count > 0 ? given.Test.Sum(t => t.Rows.Count) : null,
            Warnings = _warnings,
        };
    }

    private static string? FileOf(string folder, string name) =>
        Extensions.Select(extension => Path.Combine(folder, name + extension)).Where(File.Exists).ToList() switch
        {
            [] => null,
            [var file] => file,
            var several => throw new DmlException(
                $"{folder}: expected one file {name}.*, found {string.Join(", ", several.Select(f => Path.GetFileName(f)))}; leave one."),
        };
}
