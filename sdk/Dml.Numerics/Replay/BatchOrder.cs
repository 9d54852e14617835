namespace Dml.Numerics;

/// <summary>Batches of samples in a random order that a seed decides: all samples, a batch at a time, and again in another order.</summary>
public static class BatchOrder
{
    /// <summary>Separates the batches from other draws of the seed.</summary>
    private const long Stream = -4;

    /// <summary>Batches without end.</summary>
    /// <param name="count">N.</param>
    /// <param name="size">Samples of a batch; N where it is more.</param>
    /// <param name="seed">The seed.</param>
    public static IEnumerable<long[]> Of(int count, int size, int seed)
    {
        var random = new CounterRandom(seed, Stream, 0);
        long[] order = [.. Enumerable.Range(0, count).Select(i => (long)i)];
        var batch = Math.Min(size, count);
        for (var at = count; ; at += batch)
        {
            if (at + batch > count)
            {
                random.Shuffle(order.AsSpan());
                at = 0;
            }

            yield return order[at..(at + batch)];
        }
    }
}
