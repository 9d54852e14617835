namespace Dml.Numerics;

/// <summary>
/// Work of all cores. A loop without a bound takes every thread of the pool that it can get, and what else waits for one, the answers of a server above
/// all, then waits until the loop has ended.
/// </summary>
internal static class AllCores
{
    /// <summary>A loop of one thread a core.</summary>
    public static ParallelOptions Loop { get; } = new() { MaxDegreeOfParallelism = Environment.ProcessorCount };

    /// <summary>The same, which can be stopped.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    public static ParallelOptions LoopUntil(CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
}
