namespace Dml.Numerics;

/// <summary>The batches of a retraining of the head.</summary>
public static class BatchOrder
{
    /// <summary>Samples of an update where nobody says how many.</summary>
    public const int UsualBatch = 512;

    /// <summary>Separates the batches from other draws of the seed.</summary>
    private const long Stream = -4;

    /// <summary>Batches without end.</summary>
    /// <param name="context">The model.</param>
    /// <param name="batch">Samples of an update; null as <see cref="HeadTraining.Batch"/>.</param>
    /// <param name="seed">Decides them.</param>
    /// <returns>Indices of samples.</returns>
    public static IEnumerable<long[]> Of(InfluenceContext context, int? batch, int seed)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (batch is not null || context.Loss.IsMeanOfSamples) return Shuffled((int)context.TrainCount, batch ?? UsualBatch, seed);
        return BatchDraws.Endless(context, seed);
    }

    /// <summary>All samples in a random order, a batch at a time, and again in another.</summary>
    /// <param name="count">N.</param>
    /// <param name="size">Samples of a batch; N where it is more.</param>
    /// <param name="seed">Decides the order.</param>
    public static IEnumerable<long[]> Shuffled(int count, int size, int seed)
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
