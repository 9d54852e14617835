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

    private readonly ImageList _list;
    private readonly List<PartitionRow> _rows = [];
    private int? _count;

    private PartitionFile(ImageList list) => _list = list;

    /// <summary>Absolute path of the file.</summary>
    public string Path => _list.Path;

    /// <summary>The images in the file's order.</summary>
    public IReadOnlyList<PartitionRow> Rows => _rows;

    /// <summary>Reads and checks the file.</summary>
    /// <param name="path">Absolute path.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">It is missing, or a line is not of the expected form; the line is named.</exception>
    public static PartitionFile Read(string path, CancellationToken cancellationToken)
    {
        var file = new PartitionFile(ImageList.Open(path, "the partition of the In-shop benchmark"));
        var lines = file._list.Read(
            InputFile.ReadLines, [file.ReadCount, file.RequireHeader], (line, columns) => file._rows.Add(file.Row(line, columns)), cancellationToken);
        file.RequireWhole(lines);
        return file;
    }

    /// <summary>An error in one line.</summary>
    /// <param name="line">The line, from 1.</param>
    /// <param name="sentence">What was expected and what was found.</param>
    public DmlException Broken(int line, string sentence) => _list.Broken(line, sentence);

    private void ReadCount(string[] columns, string line) =>
        _count = columns is [var text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value
            : throw Broken(1, $"expected the number of images, found \"{line}\"");

    private void RequireHeader(string[] columns, string line)
    {
        if (string.Join(' ', columns) != Header) throw Broken(2, $"expected the column names \"{Header}\", found \"{line}\"");
    }

    private void RequireWhole(int lines)
    {
        if (_count is null) throw Broken(1, "expected the number of images, found an empty file");
        if (lines < 2) throw Broken(2, $"expected the column names \"{Header}\", found the end of the file");
        if (_rows.Count != _count) throw Broken(1, $"expected the number of images that follow, {_rows.Count}, found {_count}");
        if (_count == 0) throw Broken(1, "expected at least one image, found none");
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
        _list.RequireNew(image, line);
        return new(line, image, item, number, status);
    }
}
