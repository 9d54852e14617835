using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// The rows that labels are judged by, in float64 on the CPU and block by block: copies of a million of them in float64, whole, would be gigabytes.
/// </summary>
/// <param name="Rows">(N, E), floating point.</param>
/// <param name="Unit">Whether each is scaled to length 1.</param>
internal sealed record LabelRows(Tensor Rows, bool Unit)
{
    private const long AtOnce = 65536;

    /// <summary>N.</summary>
    public int Count => (int)Rows.shape[0];

    /// <summary>E.</summary>
    public int Size => (int)Rows.shape[1];

    /// <summary>Most rows of a block.</summary>
    public int LargestBlock => (int)Math.Min(Count, AtOnce);

    /// <summary>Calls for each block with its rows, (n, E), which are freed afterwards with whatever else was made meanwhile.</summary>
    /// <param name="use">What to do with them.</param>
    public void ForEach(Action<SampleRange, Tensor> use)
    {
        foreach (var block in SampleRange.Grid(Count, AtOnce))
        {
            using var scope = NewDisposeScope();
            var rows = Rows.narrow(0, block.Start, block.Count).to(float64).cpu().contiguous();
            use(block, Unit ? UnitRows.Of(rows) : rows);
        }
    }
}
