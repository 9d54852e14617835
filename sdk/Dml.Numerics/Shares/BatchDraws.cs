namespace Dml.Numerics;

/// <summary>
/// Batches drawn as a training draws them, but evenly: a class comes again only after all others have come, and so does a sample within its
/// class, so that few batches hold every sample equally often.
/// </summary>
public static class BatchDraws
{
    /// <summary>Separates these draws from others of the seed.</summary>
    private const long Stream = -7;

    /// <summary>Draws batches.</summary>
    /// <param name="labels">The class of each sample.</param>
    /// <param name="shape">Classes and images of a batch. With fewer classes than that a batch holds all; a smaller class gives all its samples.</param>
    /// <param name="passes">How often every sample is drawn at the least, at least 1.</param>
    /// <param name="seed">Decides the draws.</param>
    /// <returns>Indices of samples, each at most once in a batch.</returns>
    public static IReadOnlyList<long[]> Of(IReadOnlyList<long> labels, BatchShape shape, int passes, long seed)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentOutOfRangeException.ThrowIfLessThan(passes, 1);
        return [.. Endless(labels, shape, seed).Take(Count(labels, shape, passes))];
    }

    /// <summary>The same batches without an end.</summary>
    /// <param name="labels">The class of each sample, at least one.</param>
    /// <param name="shape">Classes and images of a batch.</param>
    /// <param name="seed">Decides the draws.</param>
    public static IEnumerable<long[]> Endless(IReadOnlyList<long> labels, BatchShape shape, long seed)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(shape);
        return shape.IsBalanced ? Balanced(labels, shape, seed) : Random(labels.Count, shape.Classes * shape.Images, seed);
    }

    /// <summary>The batches that a model was trained with: by its own sampler where that is a plugin, from epoch 0 on.</summary>
    /// <param name="context">The model.</param>
    /// <param name="passes">
    /// How often every sample is drawn: at the least where the engine's own draws are evened out, on average where a plugin draws.
    /// </param>
    /// <param name="seed">Decides the draws.</param>
    /// <returns>Indices of samples.</returns>
    /// <exception cref="DmlException">The sampler is missing, breaks its contract or finds too few samples.</exception>
    public static IReadOnlyList<long[]> Of(InfluenceContext context, int passes, long seed)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentOutOfRangeException.ThrowIfLessThan(passes, 1);
        var labels = ContextRows.Labels(context);
        if (SamplerOf(context, labels, seed) is not { } sampler) return Of(labels, context.Batches, passes, seed);
        return [.. Endless(sampler, labels.Length).Take((int)((((long)passes * labels.Length) - 1) / sampler.BatchSize) + 1)];
    }

    /// <summary>The same batches without an end.</summary>
    /// <param name="context">The model.</param>
    /// <param name="seed">Decides the draws.</param>
    /// <exception cref="DmlException">The sampler is missing, breaks its contract or finds too few samples.</exception>
    public static IEnumerable<long[]> Endless(InfluenceContext context, long seed)
    {
        ArgumentNullException.ThrowIfNull(context);
        var labels = ContextRows.Labels(context);
        return SamplerOf(context, labels, seed) is { } sampler ? Endless(sampler, labels.Length) : Endless(labels, context.Batches, seed);
    }

    /// <summary>The batches of one epoch of a sampler, each held to the sampler's contract.</summary>
    /// <param name="sampler">The sampler.</param>
    /// <param name="epoch">From 0.</param>
    /// <param name="count">Number of samples.</param>
    /// <exception cref="DmlException">A batch, or their number, is another one than was promised, or an index is of no sample.</exception>
    public static IEnumerable<int[]> Epoch(IBatchSampler sampler, int epoch, int count)
    {
        ArgumentNullException.ThrowIfNull(sampler);
        var drawn = 0;
        foreach (var batch in sampler.Epoch(epoch))
        {
            if (drawn++ == sampler.BatchesPerEpoch) throw Broken(sampler, epoch, $"{sampler.BatchesPerEpoch} batches an epoch, as it says", "more");
            if (batch?.Length != sampler.BatchSize)
            {
                throw Broken(sampler, epoch, $"batches of {sampler.BatchSize} samples, as it says", batch is null ? "null" : $"one of {batch.Length}");
            }

            if (Array.FindIndex(batch, i => i < 0 || i >= count) is >= 0 and var place)
            {
                throw Broken(sampler, epoch, $"indices of samples from 0 to {count - 1}", $"{batch[place]}");
            }

            yield return batch;
        }

        if (drawn < sampler.BatchesPerEpoch) throw Broken(sampler, epoch, $"{sampler.BatchesPerEpoch} batches an epoch, as it says", $"{drawn}");
    }

    private static IBatchSampler? SamplerOf(InfluenceContext context, long[] labels, long seed) =>
        context.Sampler?.Invoke(new([.. labels.Select(label => (int)label)], context.Batches, seed));

    private static IEnumerable<long[]> Endless(IBatchSampler sampler, int count)
    {
        for (var epoch = 0; ; epoch++)
        {
            foreach (var batch in Epoch(sampler, epoch, count)) yield return [.. batch.Select(i => (long)i)];
        }
    }

    private static DmlException Broken(IBatchSampler sampler, int epoch, string expected, string found) => new(
        "training.sampler", expected, $"{found} in epoch {epoch} of {sampler.GetType().Name}",
        "correct the sampler, which its conformance suite tells more of, or choose another");

    private static int Count(IReadOnlyList<long> labels, BatchShape shape, int passes)
    {
        if (!shape.IsBalanced) return passes * Ceiling(labels.Count, shape.Classes * shape.Images);
        int[] sizes = [.. labels.GroupBy(label => label).Select(g => g.Count())];
        return Ceiling(passes * Ceiling(sizes.Max(), shape.Images) * sizes.Length, Math.Min(shape.Classes, sizes.Length));
    }

    private static int Ceiling(int number, int divisor) => ((number - 1) / divisor) + 1;

    private static IEnumerable<long[]> Balanced(IReadOnlyList<long> labels, BatchShape shape, long seed)
    {
        var random = new CounterRandom(seed, Stream, 0);
        Walk[] classes = [.. Enumerable.Range(0, labels.Count).GroupBy(i => labels[i]).OrderBy(g => g.Key).Select(g => new Walk([.. g], random))];
        var order = new Walk([.. Enumerable.Range(0, classes.Length)], random);
        while (true) yield return [.. order.Take(shape.Classes).SelectMany(c => classes[c].Take(shape.Images)).Select(i => (long)i)];
    }

    private static IEnumerable<long[]> Random(int count, int size, long seed)
    {
        var order = new Walk([.. Enumerable.Range(0, count)], new(seed, Stream, 0));
        while (true) yield return [.. order.Take(size).Select(i => (long)i)];
    }

    /// <summary>Items in random order, again and again in another; what is left at the end of a round begins the next take.</summary>
    private sealed class Walk
    {
        private readonly CounterRandom _random;
        private readonly int[] _items;
        private int _next;

        public Walk(int[] items, CounterRandom random)
        {
            (_items, _random) = (items, random);
            random.Shuffle(items.AsSpan());
        }

        /// <summary>The next items, all different.</summary>
        public int[] Take(int count)
        {
            if (count >= _items.Length) return [.. _items];
            var taken = new int[count];
            var left = Math.Min(count, _items.Length - _next);
            _items.AsSpan(_next, left).CopyTo(taken);
            _next += left;
            if (left == count) return taken;

            // The rest of the last round goes to the end of the new order, where it cannot be taken twice.
            var others = _items.AsSpan(0, _items.Length - left).ToArray();
            _random.Shuffle(others.AsSpan());
            var rest = taken.AsSpan(0, left).ToArray();
            others.CopyTo(_items, 0);
            rest.CopyTo(_items, others.Length);
            _next = count - left;
            _items.AsSpan(0, _next).CopyTo(taken.AsSpan(left));
            _random.Shuffle(_items.AsSpan(_next));
            return taken;
        }
    }
}
