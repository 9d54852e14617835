using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// The rows that labels are judged by, in float64 on the CPU and block by block: copies of a million of them in float64, whole, would be gigabytes.
/// </summary>
/// <param name="source">(N, E), floating point.</param>
/// <param name="unit">Whether each is scaled to length 1.</param>
internal sealed class LabelRows(Tensor source, bool unit) : IDisposable
{
    private const long AtOnce = 65536;

    // Each pass would take blocks of this size from the system and give them back, and the system clears every page of them.
    private readonly Tensor _block = empty([Math.Min(source.shape[0], AtOnce), source.shape[1]], float64).DetachFromDisposeScope();

    /// <summary>N.</summary>
    public int Count => (int)source.shape[0];

    /// <summary>E.</summary>
    public int Size => (int)source.shape[1];

    /// <summary>Most rows of a block.</summary>
    public int LargestBlock => (int)_block.shape[0];

    /// <summary>
    /// Calls for each block with its rows, (n, E), which may be changed and are written over by the next; what else was made meanwhile is freed.
    /// </summary>
    /// <param name="use">What to do with them.</param>
    public void ForEach(Action<SampleRange, Tensor> use)
    {
        foreach (var block in SampleRange.Grid(Count, AtOnce))
        {
            using var scope = NewDisposeScope();
            var rows = _block.narrow(0, 0, block.Count).copy_(source.narrow(0, block.Start, block.Count));
            use(block, unit ? rows.div_(rows.norm(1, keepdim: true).clamp_min_(UnitRows.LeastNorm)) : rows);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _block.Dispose();
}
