using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Features;

/// <summary>Features of a split that are read row by row and never whole: (N, D), or (N, K, D) where each item has K views.</summary>
internal sealed class FeatureRows
{
    private readonly FeatureArrays _file;
    private readonly string _name;
    private readonly IReadOnlyList<int>? _rows;

    /// <summary>Rows of an array.</summary>
    /// <param name="file">Its file, which stays open elsewhere; for the array <see cref="FeatureArrays.HasRows"/> holds.</param>
    /// <param name="name">The array, (N, D) or (N, K, D), of real numbers.</param>
    /// <param name="rows">The items that are of the split, in its order; null for all.</param>
    public FeatureRows(FeatureArrays file, string name, IReadOnlyList<int>? rows = null)
    {
        (_file, _name, _rows) = (file, name, rows);
        var form = file.Entries[name];
        (Dtype, Size, Views) = (form.Dtype, (int)form.Shape[^1], form.Shape.Count == 3 ? (int)form.Shape[1] : 1);
        Count = rows?.Count ?? (int)form.Shape[0];
    }

    /// <summary>Of the values as they are stored.</summary>
    public ScalarType Dtype { get; }

    /// <summary>Of the values as a run keeps them: floats of 16 bits stay so, all others become float32, in which heads are trained.</summary>
    public ScalarType KeptDtype => Dtype is ScalarType.Float16 or ScalarType.BFloat16 ? Dtype : ScalarType.Float32;

    /// <summary>N.</summary>
    public int Count { get; }

    /// <summary>K.</summary>
    public int Views { get; }

    /// <summary>D.</summary>
    public int Size { get; }

    /// <summary>A block of items, each through its first view, which is the one that is cached and explained.</summary>
    /// <param name="items">Lies within the split.</param>
    /// <returns>(n, D), in the dtype of the file.</returns>
    /// <exception cref="DmlException">The file cannot be read or has been cut short.</exception>
    public Tensor First(SampleRange items)
    {
        if (_rows is null && Views == 1)
        {
            using var scope = NewDisposeScope();
            return _file.Rows(_name, items.Start, items.Count).view(items.Count, Size).MoveToOuterDisposeScope();
        }

        return _file.Gather(_name, [.. Enumerable.Range((int)items.Start, (int)items.Count).Select(i => Row(i, 0))]);
    }

    /// <summary>Single items, each through a view of its own.</summary>
    /// <param name="items">B indices.</param>
    /// <param name="views">B views.</param>
    /// <returns>(B, D), in the dtype of the file.</returns>
    /// <exception cref="DmlException">As <see cref="First"/>.</exception>
    public Tensor Gather(IReadOnlyList<int> items, IReadOnlyList<int> views) => _file.Gather(_name, [.. items.Zip(views, Row)]);

    /// <summary>Some of the items.</summary>
    /// <param name="items">Their indices.</param>
    public FeatureRows Where(IReadOnlyList<int> items) => new(_file, _name, [.. items.Select(i => _rows?[i] ?? i)]);

    /// <summary>All views of a block of items, (n, K, D).</summary>
    /// <param name="items">Lies within the split.</param>
    private Tensor All(SampleRange items)
    {
        using var scope = NewDisposeScope();
        var values = _rows is null ? _file.Rows(_name, items.Start, items.Count)
            : _file.Gather(_name, [.. Enumerable.Range(0, (int)items.Count * Views).Select(i => Row((int)items.Start + (i / Views), i % Views))]);
        return values.view(items.Count, Views, Size).MoveToOuterDisposeScope();
    }

    /// <summary>Refuses NaN and infinity, in all views.</summary>
    /// <param name="source">The file, for messages.</param>
    /// <param name="block">Items that are read at once.</param>
    /// <exception cref="DmlException">A value is not finite.</exception>
    public void RequireFinite(string source, long block)
    {
        foreach (var items in SampleRange.Grid(Count, block))
        {
            using var scope = NewDisposeScope();
            var values = All(items);
            var finite = values.isfinite();
            if (finite.all().item<bool>()) continue;
            var place = finite.logical_not().nonzero()[0].Values<long>();
            throw new DmlException($"{source}: expected finite numbers in \"{_name}\", found {(values.isnan().any().item<bool>() ? "NaN" : "infinity")} "
                + $"(first at row {_rows?[(int)(items.Start + place[0])] ?? items.Start + place[0]}, column {place[2]}); remove or mend those samples.");
        }
    }

    private long Row(int item, int view) => ((long)(_rows?[item] ?? item) * Views) + view;
}
