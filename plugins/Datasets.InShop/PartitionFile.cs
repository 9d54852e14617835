using System.Globalization;
using Dml.Numerics.Annotations;
using Dml.Storage;

namespace Dml.Plugins;

/// <summary>
/// Eval/list_eval_partition.txt: the number of images, a line of column names, then one line an image with its path, item id and status
/// (train, query or gallery). Columns stand apart by blanks; blanks and a carriage return at a line's end are passed over.
/// </summary>
internal sealed class PartitionFile
{
    private const string Header = "image_name item_id evaluation_status";
    private const string ItemPrefix = "id_";

    private static readonly char[] Blanks = [' ', '\t', '\r'];

    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);
    private readonly List<PartitionRow> _rows = [];

    private PartitionFile(string path) => Path = path;

    /// <summary>Absolute path of the file.</summary>
    public string Path { get; }

    /// <summary>The images in the file's order.</summary>
    public IReadOnlyList<PartitionRow> Rows => _rows;

    /// <summary>Reads and checks the file.</summary>
    /// <param name="path">Absolute path.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">It is missing, or a line is not of the expected form; the line is named.</exception>
    public static PartitionFile Read(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            throw new DmlException($"dataset.root: expected the partition of the In-shop benchmark, found no file {path}; "
                + "correct the path (relative paths start at the config file) or fetch the dataset.");
        }

        var file = new PartitionFile(path);
        try
        {
            file.Add(InputFile.ReadLines(path), cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DmlException($"dataset.root: expected to read {path}, but the system refused ({e.Message.TrimEnd('.')}); give read access.", e);
        }

        return file;
    }

    /// <summary>An error in one line.</summary>
    /// <param name="line">The line, from 1.</param>
    /// <param name="sentence">What was expected and what was found.</param>
    public DmlException Broken(int line, string sentence) => new($"{Path}:{line}: {sentence}; correct the line or fetch the file again.");

    private void Add(IEnumerable<string> lines, CancellationToken cancellationToken)
    {
        int? count = null;
        var (number, blank) = (0, 0);
        foreach (var line in lines)
        {
            number++;
            cancellationToken.ThrowIfCancellationRequested();
            var columns = line.Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
            if (number == 1)
            {
                count = columns is [var text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value
                    : throw Broken(1, $"expected the number of images, found \"{line.Trim()}\"");
            }
            else if (number == 2)
            {
                if (string.Join(' ', columns) != Header) throw Broken(2, $"expected the column names \"{Header}\", found \"{line.Trim()}\"");
            }
            else if (columns.Length == 0)
            {
                blank = blank == 0 ? number : blank;
            }
            else
            {
                // Empty lines are fine at the end alone.
                if (blank > 0) throw Broken(blank, "expected an image, found an empty line");
                _rows.Add(Row(number, columns));
            }
        }

        if (count is null) throw Broken(1, "expected the number of images, found an empty file");
        if (number < 2) throw Broken(2, $"expected the column names \"{Header}\", found the end of the file");
        if (_rows.Count != count) throw Broken(1, $"expected the number of images that follow, {_rows.Count}, found {count}");
        if (count == 0) throw Broken(1, "expected at least one image, found none");
    }

    private PartitionRow Row(int line, string[] columns)
    {
        if (columns.Length != 3) throw Broken(line, $"expected 3 columns ({Header}), found {columns.Length}");
        var (image, item, word) = (columns[0], columns[1], columns[2]);
        if (!ImageFiles.IsRelative(image))
        {
            throw Broken(line, $"expected the path of an image relative to the dataset's root with forward slashes, found \"{image}\"");
        }

        if (!item.StartsWith(ItemPrefix, StringComparison.Ordinal)
            || !int.TryParse(item.AsSpan(ItemPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            throw Broken(line, $"expected an item id such as id_00000001, found \"{item}\"");
        }

        PartitionStatus status = word switch
        {
            "train" => PartitionStatus.Train,
            "query" => PartitionStatus.Query,
            "gallery" => PartitionStatus.Gallery,
            _ => throw Broken(line, $"expected the status train, query or gallery, found \"{word}\""),
        };
        if (!_lines.TryAdd(image, line)) throw Broken(line, $"expected every image once, found {image} again, which line {_lines[image]} names too");
        return new(line, image, item, number, status);
    }
}
