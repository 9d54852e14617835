using System.Globalization;
using Dml.Numerics.Annotations;
using Dml.Storage;

namespace Dml.Plugins;

/// <summary>
/// Ebay_train.txt or Ebay_test.txt: a line of column names, then one line an image with its number, product, super class and path.
/// Columns stand apart by blanks; blanks and a carriage return at a line's end are passed over.
/// </summary>
internal sealed class ProductList
{
    private const string Header = "image_id class_id super_class_id path";
    private const string FolderEnd = "_final";

    private static readonly char[] Blanks = [' ', '\t', '\r'];

    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);
    private readonly Dictionary<int, ProductRow> _products = [];
    private readonly List<ProductRow> _rows = [];

    private ProductList(string path) => Path = path;

    /// <summary>Absolute path of the file.</summary>
    public string Path { get; }

    /// <summary>The images in the file's order.</summary>
    public IReadOnlyList<ProductRow> Rows => _rows;

    /// <summary>The first image of each product, by the product's number.</summary>
    public IReadOnlyDictionary<int, ProductRow> Products => _products;

    /// <summary>Reads and checks a list.</summary>
    /// <param name="path">Absolute path.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">It is missing, or a line is not of the expected form; the line is named.</exception>
    public static ProductList Read(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            throw new DmlException($"dataset.root: expected a list of Stanford Online Products, found no file {path}; "
                + "correct the path (relative paths start at the config file) or fetch the dataset.");
        }

        var list = new ProductList(path);
        try
        {
            list.Add(InputFile.ReadLines(path), cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DmlException($"dataset.root: expected to read {path}, but the system refused ({e.Message.TrimEnd('.')}); give read access.", e);
        }

        return list;
    }

    /// <summary>An error in one line.</summary>
    /// <param name="line">The line, from 1.</param>
    /// <param name="sentence">What was expected and what was found.</param>
    public DmlException Broken(int line, string sentence) => new($"{Path}:{line}: {sentence}; correct the line or fetch the file again.");

    private void Add(IEnumerable<string> lines, CancellationToken cancellationToken)
    {
        var (number, blank) = (0, 0);
        foreach (var line in lines)
        {
            number++;
            cancellationToken.ThrowIfCancellationRequested();
            var columns = line.Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
            if (number == 1)
            {
                if (string.Join(' ', columns) != Header) throw Broken(1, $"expected the column names \"{Header}\", found \"{line.Trim()}\"");
            }
            else if (columns.Length == 0)
            {
                blank = blank == 0 ? number : blank;
            }
            else
            {
                // Empty lines are fine at the end alone.
                if (blank > 0) throw Broken(blank, "expected an image, found an empty line");
                Add(Row(number, columns));
            }
        }

        if (_rows.Count == 0) throw Broken(Math.Max(number, 1), "expected at least one image, found none");
    }

    private void Add(ProductRow row)
    {
        if (!_lines.TryAdd(row.Image, row.Line))
        {
            throw Broken(row.Line, $"expected every image once, found {row.Image} again, which line {_lines[row.Image]} names too");
        }

        if (!_products.TryAdd(row.ClassId, row) && _products[row.ClassId] is var first && first.SuperClass != row.SuperClass)
        {
            throw Broken(row.Line, $"expected every image of product {row.ClassId} in one super class, found {row.SuperClass} "
                + $"and in line {first.Line} {first.SuperClass}");
        }

        _rows.Add(row);
    }

    private ProductRow Row(int line, string[] columns)
    {
        if (columns.Length != 4) throw Broken(line, $"expected 4 columns ({Header}), found {columns.Length}");
        if (!int.TryParse(columns[1], NumberStyles.None, CultureInfo.InvariantCulture, out var product))
        {
            throw Broken(line, $"expected a product's number in column class_id, found \"{columns[1]}\"");
        }

        var image = columns[3];
        if (!ImageFiles.IsRelative(image) || !image.Contains('/', StringComparison.Ordinal))
        {
            throw Broken(line, $"expected the path of an image in the folder of its super class, with forward slashes, found \"{image}\"");
        }

        var folder = image[..image.IndexOf('/', StringComparison.Ordinal)];
        return new(line, image, product, folder.EndsWith(FolderEnd, StringComparison.Ordinal) ? folder[..^FolderEnd.Length] : folder);
    }
}
