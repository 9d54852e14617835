using Dml.Engine.Runs;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Reporting;

/// <summary>The test classes with most errors, in the view that explains: what they are taken for and where they lie.</summary>
/// <param name="model">The trained model.</param>
/// <param name="dataset">Its samples.</param>
internal sealed class WorstClasses(Model model, DatasetRecord dataset)
{
    private const int MostRows = 12;
    private const int MostColumns = 12;
    private const int MostColours = 8;
    private const int MostOthers = 1200;

    private readonly ILookup<int, TestPair> _wrong = ConfusionFinder.WrongPairs(model.TestLabels, model.Neighbours)
        .ToLookup(p => (int)model.TestLabels[p.Anchor]);

    private IReadOnlyList<int> Worst => field ??= [.. _wrong.OrderByDescending(g => g.Count()).ThenBy(g => g.Key).Take(MostRows).Select(g => g.Key)];

    /// <summary>The confusion matrix; null where nothing is wrong.</summary>
    public ConfusionMatrix? Matrix()
    {
        if (Worst.Count == 0) return null;
        int[] columns = [.. Worst.SelectMany(c => _wrong[c]).CountBy(Taken)
            .OrderByDescending(c => c.Value).ThenBy(c => c.Key).Take(MostColumns).Select(c => c.Key)];
        var items = model.TestLabels.CountBy(l => (int)l).ToDictionary();
        return new([.. columns.Select(Name)], [.. Worst.Select(Row)]);

        ConfusionMatrixRow Row(int label)
        {
            int[] counts = [.. columns.Select(c => _wrong[label].Count(p => Taken(p) == c))];
            return new(Name(label), items[label] - _wrong[label].Count(), counts, _wrong[label].Count() - counts.Sum());
        }
    }

    /// <summary>The map of the worst classes and those that they are taken for most; null where nothing is wrong.</summary>
    public EmbeddingMap? Map()
    {
        if (Worst.Count == 0 || model.Features.EmbeddingSize < 2) return null;
        int[] classes = [.. Worst.SelectMany(c => new[] { c, _wrong[c].CountBy(Taken).MaxBy(t => t.Value).Key }).Distinct().Take(MostColours)];
        using var scope = NewDisposeScope();
        var embeddings = UnitRows.Of(model.Features.TestEmbeddings());
        int[] coloured = [.. Enumerable.Range(0, model.Features.TestCount).Where(i => classes.Contains((int)model.TestLabels[i]))];
        using var plane = PrincipalPlane.Fit(embeddings.index_select(0, Indices(coloured)));
        int[] others = [.. Enumerable.Range(0, model.Features.TestCount).Except(coloured)];
        int[] shown = [.. Thin(others), .. coloured];
        var places = plane.Project(embeddings.index_select(0, Indices(shown))).Values<double>();
        var wrong = _wrong.SelectMany(g => g).Select(p => p.Anchor).ToHashSet();
        return new([.. classes.Select(Name)], [.. shown.Select(Point)], plane.FirstShare, plane.SecondShare);

        MapPoint Point(int item, int row) => new(
            places[2 * row], places[(2 * row) + 1], Array.IndexOf(classes, (int)model.TestLabels[item]) is var index and >= 0 ? index : null,
            wrong.Contains(item), dataset.Test[item].Id);
    }

    private int Taken(TestPair pair) => (int)model.TestLabels[pair.Neighbour];

    private string Name(int label) => dataset.ClassNames[label];

    private static Tensor Indices(int[] items) => tensor(items.Select(i => (long)i).ToArray());

    /// <summary>A background of thousands says no more than one of a thousand.</summary>
    private static IEnumerable<int> Thin(int[] items) =>
        items.Length <= MostOthers ? items : Enumerable.Range(0, MostOthers).Select(i => items[(int)((long)i * items.Length / MostOthers)]);
}
