namespace Dml;

/// <summary>A run of training samples that is handled at once.</summary>
/// <param name="Start">Index of the first sample.</param>
/// <param name="Count">Number of samples, at least 1.</param>
public readonly record struct SampleRange(long Start, long Count)
{
    /// <summary>The blocks of a fixed grid: all of one size but the last, which may be shorter.</summary>
    /// <param name="total">Number of samples.</param>
    /// <param name="size">Samples of a block, at least 1.</param>
    public static IReadOnlyList<SampleRange> Grid(long total, long size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        var blocks = new List<SampleRange>();
        for (var start = 0L; start < total; start += size) blocks.Add(new(start, Math.Min(size, total - start)));
        return blocks;
    }
}
