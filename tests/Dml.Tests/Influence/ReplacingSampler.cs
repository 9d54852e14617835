using Dml.Numerics;

namespace Dml.Tests.Influence;

/// <summary>Draws every sample of a batch anew, so that one may stand in a batch twice and another in none.</summary>
internal sealed class ReplacingSampler(SamplerContext context) : IBatchSampler
{
    public int BatchSize => context.Batch.Classes * context.Batch.Images;

    public int BatchesPerEpoch => 3;

    public IEnumerable<int[]> Epoch(int epoch)
    {
        var random = new CounterRandom(context.Seed, epoch, 0);
        for (var batch = 0; batch < BatchesPerEpoch; batch++)
        {
            yield return [.. Enumerable.Range(0, BatchSize).Select(_ => random.NextBelow(context.Labels.Count))];
        }
    }
}
