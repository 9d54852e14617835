using static TorchSharp.torch;

namespace Dml.Engine.Features;

/// <summary>A split of a table of features.</summary>
/// <param name="Source">Its file, for messages.</param>
/// <param name="Parts">Its features in order; of one array but where queries and gallery have an array each.</param>
/// <param name="Labels">N class indices.</param>
/// <param name="Ids">N stable names, each once.</param>
/// <param name="Files">N image files, absolute, empty where an item has none; null where none has.</param>
/// <param name="Groups">N groups; null where there are none.</param>
internal sealed record FeatureSplit(
    string Source, IReadOnlyList<FeatureRows> Parts, IReadOnlyList<int> Labels, IReadOnlyList<string> Ids, IReadOnlyList<string>? Files,
    IReadOnlyList<string>? Groups)
{
    /// <summary>Items that are read at once, whatever their size: 64 MiB of float32 features of 1,024.</summary>
    public const long BlockSize = 16384;

    /// <summary>N.</summary>
    public int Count => Labels.Count;

    /// <summary>D.</summary>
    public int Size => Parts[0].Size;

    /// <summary>The features in order, each item through its first view; the caller disposes of each block.</summary>
    /// <returns>(n, D) in the dtype of the file.</returns>
    public IEnumerable<Tensor> Blocks() => from part in Parts from block in SampleRange.Grid(part.Count, BlockSize) select part.First(block);

    /// <summary>All features in memory, each item through its first view.</summary>
    /// <returns>(N, D), float32; the caller disposes of it.</returns>
    public Tensor Load()
    {
        using var scope = NewDisposeScope();
        var all = empty(Count, Size, float32);
        var done = 0L;
        foreach (var block in Blocks())
        {
            all.narrow(0, done, block.shape[0]).copy_(block);
            done += block.shape[0];
            block.Dispose();
        }

        return all.MoveToOuterDisposeScope();
    }

    /// <summary>The split without some items.</summary>
    /// <param name="excluded">Their indices.</param>
    /// <param name="labels">(N) other labels than the split's; those of the items that stay afterwards.</param>
    public FeatureSplit Without(IReadOnlySet<int> excluded, ref int[] labels)
    {
        if (excluded.Count == 0) return this;
        int[] kept = [.. Enumerable.Range(0, Count).Where(i => !excluded.Contains(i))];
        var before = labels;
        labels = [.. kept.Select(i => before[i])];
        return Where(kept);
    }

    /// <summary>Some of the items of a split of one part.</summary>
    /// <param name="items">Their indices.</param>
    public FeatureSplit Where(IReadOnlyList<int> items) => new(
        Source, [Parts.Single().Where(items)], [.. items.Select(i => Labels[i])], [.. items.Select(i => Ids[i])],
        Files is null ? null : [.. items.Select(i => Files[i])], Groups is null ? null : [.. items.Select(i => Groups[i])]);
}
