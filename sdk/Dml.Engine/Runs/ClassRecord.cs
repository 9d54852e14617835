using System.Globalization;
using System.Text;
using Dml.Storage;

namespace Dml.Engine.Runs;

/// <summary>Retrieval quality of one test class.</summary>
/// <param name="Label">The class.</param>
/// <param name="Name">Its name.</param>
/// <param name="Items">Its test items that were looked up.</param>
/// <param name="Wrong">Those whose nearest neighbour has another class.</param>
/// <param name="RecallAt1">R@1 of its items.</param>
/// <param name="MapAtR">MAP@R of its items; null where they have no relevant item or it was not computed.</param>
/// <param name="ConfusedWith">The class that most of the wrong ones are nearest to; null where none is wrong.</param>
/// <param name="ConfusedName">Its name.</param>
/// <param name="ConfusedCount">How many are nearest to it.</param>
internal sealed record ClassRecord(
    long Label, string Name, int Items, int Wrong, double RecallAt1, double? MapAtR = null, long? ConfusedWith = null, string? ConfusedName = null,
    int ConfusedCount = 0)
{
    /// <summary>
    /// Further metrics of its items by name, the same in all classes; the value is null where no item has the figure. Null where none was
    /// asked for.
    /// </summary>
    public IReadOnlyDictionary<string, double?>? Metrics { get; init; }

    /// <summary>classes.csv: one row a class; columns of further metrics stand last.</summary>
    public static string ToCsv(IReadOnlyList<ClassRecord> classes)
    {
        string[] metrics = [.. classes.Count == 0 ? [] : classes[0].Metrics?.Keys ?? []];
        var text = new StringBuilder("label,name,items,wrong,recall_at_1,map_at_r,confused_with,confused_name,confused_count");
        foreach (var name in metrics) text.Append(',').Append(Csv.Quote(Column(name)));
        text.Append('\n');
        foreach (var c in classes)
        {
            text.Append(CultureInfo.InvariantCulture, $"{c.Label},{Csv.Quote(c.Name)},{c.Items},{c.Wrong},{c.RecallAt1:R},"
                + $"{c.MapAtR:R},{c.ConfusedWith},{Csv.Quote(c.ConfusedName ?? "")},{c.ConfusedCount}");
            foreach (var name in metrics) text.Append(CultureInfo.InvariantCulture, $",{c.Metrics![name]:R}");
            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The name of a metric as the other columns are written: <c>hit@R</c> is <c>hit_at_r</c>.</summary>
    private static string Column(string metric) => metric.Replace("@", "_at_", StringComparison.Ordinal).Replace('-', '_').ToLowerInvariant();
}
