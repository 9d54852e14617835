namespace Dml.Plugins;

/// <summary>
/// The published numbers of the classes: training items 0..T-1 in order of their item numbers, then the items of the queries in the
/// same order. A test item has queries and gallery images alike: without a gallery image its queries could never be found.
/// </summary>
internal sealed class ItemClasses
{
    private readonly Dictionary<int, int> _index = [];
    private readonly List<string> _names = [];

    /// <summary>Numbers the items.</summary>
    /// <param name="file">The partition.</param>
    /// <exception cref="DmlException">
    /// An item is both trained on and tested on, or one of the test items has no query or no gallery image; the line is named.
    /// </exception>
    public ItemClasses(PartitionFile file)
    {
        var first = file.Rows.GroupBy(r => r.Status).ToDictionary(g => g.Key, g => g.DistinctBy(r => r.Number).ToDictionary(r => r.Number));
        var (train, query, gallery) = (Items(PartitionStatus.Train), Items(PartitionStatus.Query), Items(PartitionStatus.Gallery));
        foreach (var row in query.Values.Concat(gallery.Values).OrderBy(r => r.Line))
        {
            if (train.TryGetValue(row.Number, out var other))
            {
                throw file.Broken(Math.Max(row.Line, other.Line), "expected items that are either trained on or tested on, "
                    + $"found {row.Item} as train in line {other.Line} and as {Word(row)} in line {row.Line}");
            }

            if (!gallery.ContainsKey(row.Number))
            {
                throw file.Broken(row.Line, $"expected a gallery image of every item that is looked up, found none of {row.Item}");
            }

            if (!query.ContainsKey(row.Number)) throw file.Broken(row.Line, $"expected a query of every item in the gallery, found none of {row.Item}");
        }

        if (train.Count == 0) throw file.Broken(1, "expected images with the status train, found none");
        if (query.Count == 0) throw file.Broken(1, "expected images with the status query, found none");
        foreach (var row in train.Values.OrderBy(r => r.Number).Concat(query.Values.OrderBy(r => r.Number)))
        {
            _index.Add(row.Number, _names.Count);
            _names.Add(row.Item);
        }

        TrainingCount = train.Count;

        Dictionary<int, PartitionRow> Items(PartitionStatus status) => first.TryGetValue(status, out var items) ? items : [];
    }

    /// <summary>T, number of training items.</summary>
    public int TrainingCount { get; }

    /// <summary>Item ids by class.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The class of an image.</summary>
    /// <param name="row">The image.</param>
    public int Of(PartitionRow row) => _index[row.Number];

    private static string Word(PartitionRow row) => row.Status == PartitionStatus.Query ? "query" : "gallery";
}
