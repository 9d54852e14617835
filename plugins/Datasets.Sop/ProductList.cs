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

    private readonly ImageList _list;
    private readonly Dictionary<int, ProductRow> _products = [];
    private readonly List<ProductRow> _rows = [];

    private ProductList(ImageList list) => _list = list;

    /// <summary>Absolute path of the file.</summary>
    public string Path => _list.Path;

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
        var list = new ProductList(ImageList.Open(path, "a list of Stanford Online Products"));
        var lines = list._list.Read(InputFile.ReadLines, [list.RequireHeader], (line, columns) => list.Add(list.Row(line, columns)), cancellationToken);
        if (list.Rows.Count == 0) throw list.Broken(Math.Max(lines, 1), "expected at least one image, found none");
        return list;
    }

    /// <summary>An error in one line.</summary>
    /// <param name="line">The line, from 1.</param>
    /// <param name="sentence">What was expected and what was found.</param>
    public DmlException Broken(int line, string sentence) => _list.Broken(line, sentence);

    private void RequireHeader(string[] columns, string line)
    {
        if (string.Join(' ', columns) != Header) throw Broken(1, $"expected the column names \"{Header}\", found \"{line}\"");
    }

    private void Add(ProductRow row)
    {
        _list.RequireNew(row.Image, row.Line);
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
