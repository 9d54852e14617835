using Dml.Numerics;

namespace Dml.Engine.Training;

/// <summary>Shuffles all images for each epoch and cuts the order into batches; a rest smaller than a batch is left out.</summary>
internal sealed class RandomSampler : ITrainingSampler
{
    private const long Stream = -1;
    private readonly int[] _order;
    private CounterRandom _random;

    /// <summary>Starts with the images in their own order.</summary>
    /// <param name="count">Number of training images.</param>
    /// <param name="batchSize">Images in a batch, at least 1.</param>
    /// <param name="seed">The run's seed.</param>
    /// <exception cref="DmlException">There are fewer images than a batch has.</exception>
    public RandomSampler(int count, int batchSize, long seed)
    {
        if (count < batchSize)
        {
            throw new DmlException($"Expected at least one batch of training.batchClasses x training.batchImages = {batchSize} images in the training split, "
                + $"found {count} images; lower one of the two.");
        }

        (_order, BatchSize, _random) = ([.. Enumerable.Range(0, count)], batchSize, new CounterRandom(seed, Stream, 0));
    }

    /// <inheritdoc/>
    public int BatchSize { get; }

    /// <inheritdoc/>
    public int BatchesPerEpoch => _order.Length / BatchSize;

    /// <inheritdoc/>
    public IReadOnlyList<string> Warnings => [];

    /// <inheritdoc/>
    public IEnumerable<int[]> NextEpoch()
    {
        _random.Shuffle(_order.AsSpan());
        for (var batch = 0; batch < BatchesPerEpoch; batch++) yield return _order[(batch * BatchSize)..((batch + 1) * BatchSize)];
    }

    /// <inheritdoc/>
    public SamplerState Save() => new(_random.State, [.. _order], [], []);

    /// <inheritdoc/>
    public void Restore(SamplerState state)
    {
        state.Order.CopyTo(_order, 0);
        _random = CounterRandom.FromState(state.Random);
    }
}
