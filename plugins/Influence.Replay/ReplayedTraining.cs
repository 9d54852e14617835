using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>One of the trainings that are replayed: with all samples, or without one fold of them.</summary>
internal sealed class ReplayedTraining : IDisposable
{
    /// <summary>Separates the folds from other draws of the seed.</summary>
    private const long Stream = -9;

    private readonly Tensor? _weights;

    /// <summary>Trains.</summary>
    /// <param name="context">The model.</param>
    /// <param name="training">The training; its seed decides the folds too.</param>
    /// <param name="folds">Folds of the samples; 1 for all samples together.</param>
    /// <param name="fold">The fold that is left out, from 0.</param>
    /// <param name="memory">Bytes of states that are held.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public ReplayedTraining(InfluenceContext context, HeadTraining training, int folds, int fold, long memory, CancellationToken cancellationToken)
    {
        if (folds > 1) (_weights, Gone) = Without(context, training.Seed, folds, fold);
        try
        {
            Replay = new(context, training, _weights, memory, cancellationToken);
        }
        catch
        {
            _weights?.Dispose();
            Gone?.Dispose();
            throw;
        }
    }

    /// <summary>The training and the way back through it.</summary>
    public HeadReplay Replay { get; }

    /// <summary>(N) 1 for samples that are left out and else 0, float64; null where none is.</summary>
    public Tensor? Gone { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Replay.Dispose();
        _weights?.Dispose();
        Gone?.Dispose();
    }

    private static (Tensor Weights, Tensor Gone) Without(InfluenceContext context, int seed, int folds, int fold)
    {
        var count = (int)context.TrainCount;
        int[] order = [.. Enumerable.Range(0, count)];
        new CounterRandom(seed, Stream, 0).Shuffle(order.AsSpan());
        var kept = Enumerable.Repeat(true, count).ToArray();
        for (var i = fold; i < count; i += folds) kept[order[i]] = false;
        return (
            HeadReplay.Weights(context.Loss, kept).DetachFromDisposeScope(),
            tensor(kept.Select(k => k ? 0.0 : 1).ToArray()).DetachFromDisposeScope());
    }
}
