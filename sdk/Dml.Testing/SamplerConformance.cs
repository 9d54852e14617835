namespace Dml.Testing;

/// <summary>Checks that a sampler keeps the contract of <see cref="IBatchSampler"/>.</summary>
public static class SamplerConformance
{
    /// <summary>Epochs by which every sample has to have come.</summary>
    private const int Patience = 400;

    /// <summary>
    /// Checks on classes of equal and of very different sizes, and with batches of several shapes: sizes and numbers of batches as promised, indices in
    /// range, a new array for each batch; that an epoch is the same when it is asked again, first, after others or of a second sampler, as a training that
    /// goes on from a checkpoint asks; that other epochs and seeds draw other batches; that every sample of a class that can fill its share of a
    /// batch comes; and that too few samples are refused in a sentence.
    /// </summary>
    /// <param name="make">Makes the sampler; called several times.</param>
    /// <exception cref="ConformanceException">The sampler breaks its contract.</exception>
    public static void Check(Func<SamplerContext, IBatchSampler> make)
    {
        ArgumentNullException.ThrowIfNull(make);
        Expect.On("docs/training.md#samplers", () => CheckAll(make));
    }

    private static void CheckAll(Func<SamplerContext, IBatchSampler> make)
    {
        var tried = 0;
        DmlException? refused = null;
        foreach (var context in Contexts())
        {
            try
            {
                Try(make, context);
                tried++;
            }
            catch (DmlException refusal)
            {
                refused = refusal;
            }
        }

        Expect.That(tried > 0, $"The maker: expected a sampler of 60 samples of 12 classes at least, found it refused: {refused?.Message}");
        Few(make);
    }

    /// <summary>Samples and batches that a training may have.</summary>
    private static IEnumerable<SamplerContext> Contexts()
    {
        int[] even = [.. Enumerable.Range(0, 60).Select(i => i * 7 % 12)];
        int[] uneven = [.. Enumerable.Range(0, 61).Select(i => i < 40 ? 0 : i < 52 ? 1 + (i % 3) : 4 + (i % 9))];
        foreach (var labels in new[] { even, uneven })
        {
            foreach (var shape in new[] { new BatchShape(4, 3), new(2, 8), new(3, 1) }) yield return new(labels, shape, 5);
        }
    }

    private static void Try(Func<SamplerContext, IBatchSampler> make, SamplerContext context)
    {
        var sampler = Made(make, context);
        var (size, batches, type) = (sampler.BatchSize, sampler.BatchesPerEpoch, sampler.GetType().Name);
        Expect.That(size >= 1, $"{type}.BatchSize: expected at least 1, found {size}; refuse samples that make no batch in the constructor.");
        Expect.That(batches >= 1, $"{type}.BatchesPerEpoch: expected at least 1, found {batches}; refuse samples that make no batch in the constructor.");
        int[][][] epochs = [.. Enumerable.Range(0, 4).Select(epoch => Epoch(sampler, epoch, context))];
        Same(epochs[2], Epoch(sampler, 2, context), 2, type, "a second time");
        Same(epochs[1], Epoch(Made(make, context), 1, context), 1, type, "of a sampler that was asked for no other");
        _ = sampler.Epoch(3).Take(1).ToList();
        Same(epochs[3], Epoch(sampler, 3, context), 3, type, "after one that was left in the middle");
        Other(epochs[0], epochs[1], type, "of another epoch", "the epoch");
        Other(epochs[0], Epoch(Made(make, context with { Seed = 6 }), 0, context), type, "of another seed", "SamplerContext.Seed");
        Whole(sampler, context, type);
    }

    /// <summary>The batches of an epoch, held to what the sampler promises.</summary>
    private static int[][] Epoch(IBatchSampler sampler, int epoch, SamplerContext context)
    {
        var member = $"{sampler.GetType().Name}.Epoch";
        var (drawn, copies) = (new List<int[]>(), new List<int[]>());
        foreach (var batch in sampler.Epoch(epoch))
        {
            Expect.That(
                batch is not null && batch.Length == sampler.BatchSize,
                $"{member}: expected batches of {sampler.BatchSize} samples as BatchSize says, found {(batch is null ? "null" : $"one of {batch.Length}")} "
                    + $"in epoch {epoch}; leave a rest out, or fill it up.");
            var wrong = Array.FindIndex(batch!, i => i < 0 || i >= context.Labels.Count);
            Expect.That(
                wrong < 0,
                $"{member}: expected indices from 0 to {context.Labels.Count - 1}, found {(wrong < 0 ? 0 : batch![wrong])} in epoch {epoch}; "
                    + $"a batch holds places in SamplerContext.Labels.");
            drawn.Add(batch!);
            copies.Add([.. batch!]);
            Expect.That(
                drawn.Count <= sampler.BatchesPerEpoch,
                $"{member}: expected {sampler.BatchesPerEpoch} batches as BatchesPerEpoch says, found more in epoch {epoch}; end the epoch there.");
        }

        Expect.That(
            drawn.Count == sampler.BatchesPerEpoch,
            $"{member}: expected {sampler.BatchesPerEpoch} batches as BatchesPerEpoch says, found {drawn.Count} in epoch {epoch}; promise what comes.");
        Expect.That(
            drawn.Zip(copies).All(pair => pair.First.SequenceEqual(pair.Second)),
            $"{member}: expected a batch to stay as it was drawn, found it changed by those after it; give a new array for each batch.");
        return [.. copies];
    }

    private static void Same(int[][] expected, int[][] actual, int epoch, string type, string how)
    {
        foreach (var (place, (one, other)) in expected.Zip(actual).Index())
        {
            Expect.That(
                one.SequenceEqual(other),
                $"{type}.Epoch: expected the same batches of epoch {epoch} {how}, found [{string.Join(", ", other)}] in place of "
                    + $"[{string.Join(", ", one)}] at batch {place}; keep no state from epoch to epoch, and draw from a generator made of Seed and epoch.");
        }
    }

    private static void Other(int[][] one, int[][] other, string type, string how, string draw) => Expect.That(
        !one.Zip(other).All(pair => pair.First.SequenceEqual(pair.Second)),
        $"{type}.Epoch: expected other batches {how}, found the same {one.Length}; let {draw} decide the draws.");

    private static void Whole(IBatchSampler sampler, SamplerContext context, string type)
    {
        var sizes = context.Labels.CountBy(label => label).ToDictionary();
        var missing = Enumerable.Range(0, context.Labels.Count).Where(i => sizes[context.Labels[i]] >= context.Batch.Images).ToHashSet();
        for (var epoch = 0; missing.Count > 0 && epoch < Patience; epoch++)
        {
            foreach (var batch in sampler.Epoch(epoch)) missing.ExceptWith(batch);
        }

        Expect.That(
            missing.Count == 0,
            $"{type}.Epoch: expected every sample of a class of at least {context.Batch.Images} samples to come, found {missing.Count} of "
                + $"{context.Labels.Count} in none of {Patience} epochs, sample {missing.FirstOrDefault()} among them; what never comes is neither trained on "
                + $"nor explained.");
    }

    /// <summary>Samples that make no batch are refused in a sentence; a sampler that can do with them keeps its promises.</summary>
    private static void Few(Func<SamplerContext, IBatchSampler> make)
    {
        var context = new SamplerContext([0, 0, 1], new(8, 4), 0);
        IBatchSampler? sampler = null;
        try
        {
            sampler = Made(make, context);
            _ = Epoch(sampler, 0, context);
        }
        catch (DmlException)
        {
            Expect.That(
                sampler is null,
                $"{sampler?.GetType().Name}: expected 3 samples for batches of 8 classes x 4 samples to be refused in the constructor, found them refused "
                    + $"while batches were drawn; look at SamplerContext.Labels first.");
        }
        catch (Exception thrown) when (thrown is not (ConformanceException or OutOfMemoryException))
        {
            throw new ConformanceException(
                $"The maker: expected a DmlException, or batches, for 3 samples where a batch has 8 classes x 4 samples, found {thrown.GetType().Name}; "
                    + "say in one sentence how many samples a batch needs.");
        }
    }

    private static IBatchSampler Made(Func<SamplerContext, IBatchSampler> make, SamplerContext context) =>
        make(context) ?? throw new ConformanceException("The maker: expected an IBatchSampler, found null; return a new sampler.");
}
