using Dml.Engine.Training;
using Dml.Numerics;
using Dml.Testing;

namespace Dml.Tests.Testing;

public sealed class SamplerConformanceTests
{
    [Fact]
    public void A_sampler_keeps_the_contract() => SamplerConformance.Check(context => new Fake(context, Random));

    /// <summary>The engine's own, asked epoch by epoch from the beginning.</summary>
    [Fact]
    public void The_engines_class_balanced_sampler_keeps_it() => SamplerConformance.Check(
        context => new Walked(() => new ClassBalancedSampler(context.Labels, context.Batch.Classes, context.Batch.Images, context.Seed)));

    [Fact]
    public void The_engines_random_sampler_keeps_it() => SamplerConformance.Check(
        context => new Walked(() => new RandomSampler(context.Labels.Count, context.Batch.Classes * context.Batch.Images, context.Seed)));

    [Fact]
    public void A_batch_of_another_size_is_told() => Told(
        (context, random) => [.. Random(context, random).SkipLast(1)],
        "Fake.Epoch: expected batches of 12 samples as BatchSize says, found one of 11 in epoch 0; leave a rest out, or fill it up.");

    [Fact]
    public void An_index_beyond_the_samples_is_told() => Told(
        (context, random) => [context.Labels.Count, .. Random(context, random).Skip(1)],
        "Fake.Epoch: expected indices from 0 to 59, found 60 in epoch 0; a batch holds places in SamplerContext.Labels.");

    [Fact]
    public void More_batches_than_promised_are_told() => Told(
        Random, "Fake.Epoch: expected 5 batches as BatchesPerEpoch says, found more in epoch 0; end the epoch there.", more: 1);

    [Fact]
    public void Fewer_batches_than_promised_are_told() => Told(
        Random, "Fake.Epoch: expected 5 batches as BatchesPerEpoch says, found 4 in epoch 0; promise what comes.", more: -1);

    [Fact]
    public void One_array_for_all_batches_is_told()
    {
        var buffer = new int[12];
        Told(
            (context, random) =>
            {
                Random(context, random).CopyTo(buffer, 0);
                return buffer;
            },
            "Fake.Epoch: expected a batch to stay as it was drawn, found it changed by those after it; give a new array for each batch.");
    }

    [Fact]
    public void A_generator_that_goes_on_from_epoch_to_epoch_is_told()
    {
        var random = new CounterRandom(1, 1, 1);
        Told(
            (context, _) => Random(context, random),
            "Fake.Epoch: expected the same batches of epoch 2 a second time, found [*] in place of [*] at batch 0; keep no state from epoch to epoch, "
                + "and draw from a generator made of Seed and epoch.");
    }

    [Fact]
    public void The_same_batches_in_every_epoch_are_told() => Told(
        (context, _) => Random(context, new(context.Seed, 0, 0)),
        "Fake.Epoch: expected other batches of another epoch, found the same 5; let the epoch decide the draws.");

    [Fact]
    public void The_same_batches_of_every_seed_are_told() => Told(
        Random, "Fake.Epoch: expected other batches of another seed, found the same 5; let SamplerContext.Seed decide the draws.", seedless: true);

    [Fact]
    public void A_sample_that_never_comes_is_told() => Told(
        (context, random) => [.. Random(context, random).Select(i => i == 17 ? 18 : i)],
        "Fake.Epoch: expected every sample of a class of at least 3 samples to come, found 1 of 60 in none of 400 epochs, sample 17 among them; "
            + "what never comes is neither trained on nor explained.");

    [Fact]
    public void Too_few_samples_that_are_refused_without_a_sentence_are_told() => Refused(
        context => context.Labels.Count < 12 ? throw new InvalidOperationException("too few") : new Fake(context, Random),
        "The maker: expected a DmlException, or batches, for 3 samples where a batch has 8 classes x 4 samples, found InvalidOperationException; "
            + "say in one sentence how many samples a batch needs.");

    [Fact]
    public void Too_few_samples_that_are_refused_late_are_told() => Refused(
        context => new Fake(context, (c, random) => c.Labels.Count < 12 ? throw new DmlException("Expected 12 samples.") : Random(c, random), isLate: true),
        "Fake: expected 3 samples for batches of 8 classes x 4 samples to be refused in the constructor, found them refused while batches were drawn; "
            + "look at SamplerContext.Labels first.");

    [Fact]
    public void No_sampler_is_told() => Refused(_ => null!, "The maker: expected an IBatchSampler, found null; return a new sampler.");

    private static int[] Random(SamplerContext context, CounterRandom random)
    {
        int[] order = [.. Enumerable.Range(0, context.Labels.Count)];
        random.Shuffle(order.AsSpan());
        return order[..(context.Batch.Classes * context.Batch.Images)];
    }

    private static void Told(Func<SamplerContext, CounterRandom, int[]> draw, string expected, int more = 0, bool seedless = false) =>
        Refused(context => new Fake(seedless ? context with { Seed = 0 } : context, draw) { More = more }, expected);

    private static void Refused(Func<SamplerContext, IBatchSampler> make, string expected)
    {
        var broken = Assert.Throws<ConformanceException>(() => SamplerConformance.Check(make));
        Sentences.AssertLike(expected, broken.Sentence);
        Assert.Equal("docs/training.md#samplers", broken.Page);
    }

    private sealed class Fake : IBatchSampler
    {
        private readonly SamplerContext _context;
        private readonly Func<SamplerContext, CounterRandom, int[]> _draw;

        public Fake(SamplerContext context, Func<SamplerContext, CounterRandom, int[]> draw, bool isLate = false)
        {
            (_context, _draw) = (context, draw);
            if (context.Labels.Count < 12 && !isLate) throw new DmlException("Expected 12 samples.");
        }

        public int More { get; init; }

        public int BatchSize => _context.Batch.Classes * _context.Batch.Images;

        public int BatchesPerEpoch => Math.Max(1, _context.Labels.Count / BatchSize);

        public IEnumerable<int[]> Epoch(int epoch)
        {
            var random = new CounterRandom(_context.Seed, epoch, 0);
            for (var batch = 0; batch < BatchesPerEpoch + More; batch++) yield return _draw(_context, random);
        }
    }

    /// <summary>A sampler with a state, walked from the beginning whenever an epoch is asked for.</summary>
    private sealed class Walked(Func<ITrainingSampler> make) : IBatchSampler
    {
        private readonly ITrainingSampler _first = make();

        public int BatchSize => _first.BatchSize;

        public int BatchesPerEpoch => _first.BatchesPerEpoch;

        public IEnumerable<int[]> Epoch(int epoch)
        {
            var sampler = make();
            for (var before = 0; before < epoch; before++) _ = sampler.NextEpoch().Count();
            return sampler.NextEpoch();
        }
    }
}
