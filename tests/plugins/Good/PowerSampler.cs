using Dml.Numerics;

namespace Dml.TestPlugins;

/// <summary>Options of the sampler by class sizes.</summary>
public sealed record PowerSamplerOptions
{
    /// <summary>Power of a class's size that its chance follows: 0 for all classes alike, 1 for all samples alike.</summary>
    [Range(0, 1)]
    public double Power { get; init; } = 0.5;
}

/// <summary>Draws the classes of a batch by a power of their sizes.</summary>
[Plugin("power")]
public sealed class PowerSampler : IBatchSampler
{
    private readonly PowerSamplerOptions _options;
    private readonly SamplerContext _context;
    private readonly int[][] _classes;

    public PowerSampler(PowerSamplerOptions options, SamplerContext context)
    {
        (_options, _context) = (options, context);
        _classes = [.. Enumerable.Range(0, context.Labels.Count).GroupBy(i => context.Labels[i]).OrderBy(c => c.Key).Select(c => c.ToArray())];
        if (_classes.Length >= context.Batch.Classes) return;
        throw new DmlException("training.batchClasses", $"at most the {_classes.Length} classes that there are", $"{context.Batch.Classes}", "lower it");
    }

    /// <inheritdoc/>
    public int BatchSize => _context.Batch.Classes * _context.Batch.Images;

    /// <inheritdoc/>
    public int BatchesPerEpoch => Math.Max(1, _context.Labels.Count / BatchSize);

    /// <inheritdoc/>
    public IEnumerable<int[]> Epoch(int epoch)
    {
        var random = new CounterRandom(_context.Seed, epoch, 0);
        for (var batch = 0; batch < BatchesPerEpoch; batch++)
        {
            // The smallest of exponential times, each class at its own rate: a draw without replacement (Efraimidis, Spirakis, 2006).
            var chosen = _classes.Select(c => (Class: c, Time: -Math.Log(1 - random.NextUnit()) / Math.Pow(c.Length, _options.Power)))
                .OrderBy(c => c.Time).Take(_context.Batch.Classes).Select(c => c.Class).ToList();
            yield return [.. chosen.SelectMany(items => Draw(items, random))];
        }
    }

    /// <summary>Different samples of a class; of one that is too small all, and some again.</summary>
    private int[] Draw(int[] items, CounterRandom random)
    {
        int[] order = [.. items];
        random.Shuffle(order.AsSpan());
        return [.. Enumerable.Range(0, _context.Batch.Images).Select(i => order[i % order.Length])];
    }
}
