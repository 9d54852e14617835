using System.Globalization;
using Dml.Configuration;
using Dml.Numerics.Annotations;
using Dml.Storage;

namespace Dml.Plugins;

/// <summary>The table: a line of column names, then one line an image. A byte order mark, Windows line ends and quoted fields are fine.</summary>
internal sealed class ImageTable
{
    private readonly CsvOptions _options;
    private readonly List<ImageRow> _rows = [];
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);

    private ImageTable(string path, CsvOptions options) => (Path, _options) = (path, options);

    /// <summary>Absolute path of the file.</summary>
    public string Path { get; }

    /// <summary>The images in the file's order.</summary>
    public IReadOnlyList<ImageRow> Rows => _rows;

    /// <summary>Reads and checks the file.</summary>
    /// <param name="path">Absolute path.</param>
    /// <param name="options">Names of columns and splits.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">It is missing, or a line is not of the expected form; the line is named.</exception>
    public static ImageTable Read(string path, CsvOptions options, CancellationToken cancellationToken)
    {
        if (options.Delimiter.Length != 1)
        {
            throw new DmlException($"dataset.delimiter: expected one character such as \",\" or \";\", found \"{options.Delimiter}\"; correct it.");
        }

        var table = new ImageTable(path, options);
        var rows = Csv.Rows(Text(path), options.Delimiter[0]);
        if (rows.Count == 0) throw table.Broken(1, "expected a line of column names, found an empty file");
        var columns = new ImageColumns(path, rows[0], options);
        foreach (var row in rows.Skip(1))
        {
            cancellationToken.ThrowIfCancellationRequested();
            table._rows.Add(table.Row(row, columns));
        }

        table.RequireSplits();
        return table;
    }

    /// <summary>An error in one line.</summary>
    /// <param name="line">The line, from 1.</param>
    /// <param name="sentence">What was expected and what was found.</param>
    /// <param name="remedy">What to do.</param>
    public DmlException Broken(int line, string sentence, string remedy = "correct the line") => new($"{Path}:{line}: {sentence}; {remedy}.");

    private static string Text(string path)
    {
        if (!File.Exists(path))
        {
            throw new DmlException($"dataset.file: expected a table of images, found no file {path}; "
                + "correct the path (relative paths start at the config file).");
        }

        try
        {
            return TableFile.ReadText(path, "a table of images");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DmlException($"dataset.file: expected to read {path}, but the system refused ({e.Message.TrimEnd('.')}); give read access.", e);
        }
    }

    private ImageRow Row(CsvRow row, ImageColumns columns)
    {
        if (row.Fields.Count != columns.Count)
        {
            throw Broken(row.Line, $"expected {columns.Count} fields as in the line of column names, found {row.Fields.Count}",
                "correct the line, or put a field that holds the delimiter into quotation marks");
        }

        var path = ImagePath(row.Line, row.Fields[columns.Path].Trim());
        var label = row.Fields[columns.Label].Trim();
        if (label.Length == 0) throw Broken(row.Line, $"expected a label of {path}, found none");
        if (!_lines.TryAdd(path, row.Line))
        {
            throw Broken(row.Line, $"expected every image once, found {path} again, which line {_lines[path]} names too", "remove one of the lines");
        }

        var group = columns.Group is { } place && row.Fields[place].Trim() is { Length: > 0 } named ? named : null;
        return new(row.Line, path, label, Use(row, columns), group, Box(row, columns));
    }

    private string ImagePath(int line, string text)
    {
        var path = text.Replace('\\', '/');
        if (path.StartsWith("./", StringComparison.Ordinal)) path = path[2..];
        return ImageFiles.IsRelative(path) ? path : throw Broken(
            line, $"expected the path of an image below the root, found \"{text}\"",
            "set dataset.root to the folder that holds all images and leave it out of the paths");
    }

    private ImageUse Use(CsvRow row, ImageColumns columns)
    {
        var split = row.Fields[columns.Split].Trim();
        var role = columns.Role is { } place ? row.Fields[place].Trim().ToLowerInvariant() : "";
        if (split == _options.TrainingSplit)
        {
            return role.Length == 0 || role == split ? ImageUse.Training
                : throw Broken(row.Line, $"expected no {_options.RoleColumn} of a training image, found \"{role}\"");
        }

        if (split != _options.TestSplit)
        {
            var hint = NearestName.Find(split, [_options.TrainingSplit, _options.TestSplit]) is { } nearest ? $"did you mean \"{nearest}\"? " : "";
            throw Broken(
                row.Line, $"expected the {_options.SplitColumn} {_options.TrainingSplit} or {_options.TestSplit}, found \"{split}\"",
                $"{hint}Correct the line, or set dataset.trainingSplit and dataset.testSplit to the words that the file has");
        }

        return role switch
        {
            "" => ImageUse.Test,
            "query" => ImageUse.Query,
            "gallery" => ImageUse.Gallery,
            _ => throw Broken(row.Line, $"expected the {_options.RoleColumn} query or gallery, or none, found \"{role}\""),
        };
    }

    private ImageBox? Box(CsvRow row, ImageColumns columns)
    {
        if (columns.Box is not { } places) return null;
        string[] texts = [.. places.Select(place => row.Fields[place].Trim())];
        if (texts.All(text => text.Length == 0)) return null;
        int[] ends = [.. texts.Select(text => End(row.Line, text))];
        return ends[0] < ends[2] && ends[1] < ends[3] ? new(ends[0], ends[1], ends[2], ends[3])
            : throw Broken(row.Line, $"expected a box whose left is below its right and whose top is below its bottom, found {string.Join(", ", texts)}");
    }

    private int End(int line, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var end) && end is >= 0 and <= 1e9
            ? (int)Math.Round(end, MidpointRounding.ToEven)
            : throw Broken(line, $"expected the four ends of a box as numbers of pixels from 0, found \"{text}\"");

    private void RequireSplits()
    {
        foreach (var (name, found) in new[]
                 {
                     (_options.TrainingSplit, _rows.Any(r => r.Use == ImageUse.Training)), (_options.TestSplit, _rows.Any(r => r.Use != ImageUse.Training)),
                 })
        {
            if (!found) throw Broken(1, $"expected images of the {_options.SplitColumn} {name}, found none", "add them");
        }

        var query = _rows.Find(r => r.Use == ImageUse.Query);
        var gallery = _rows.Find(r => r.Use == ImageUse.Gallery);
        if (query is null && gallery is null) return;
        if (_rows.Find(r => r.Use == ImageUse.Test) is { } bare)
        {
            throw Broken(bare.Line, $"expected the {_options.RoleColumn} query or gallery of every test image, since others have it, found none");
        }

        if (query is null) throw Broken(gallery!.Line, "expected queries beside the gallery, found none", "add them, or leave the roles out");
        if (gallery is null) throw Broken(query.Line, "expected a gallery beside the queries, found none", "add it, or leave the roles out");
    }
}
