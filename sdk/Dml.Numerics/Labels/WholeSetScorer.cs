using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>A scorer that judges samples by each other, so that all scores are made at once when it is prepared.</summary>
public abstract class WholeSetScorer : ITrainingScorer
{
    private double[]? _scores;
    private ScalarType _precision;
    private Device? _device;

    /// <inheritdoc/>
    /// <exception cref="DmlException">There are fewer than two training samples.</exception>
    public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(progress);
        cancellationToken.ThrowIfCancellationRequested();
        if (context.TrainCount < 2)
        {
            throw new DmlException($"Expected at least two training samples, which are judged by each other, found {context.TrainCount}.");
        }

        (_precision, _device) = (context.Precision, context.HeadWeight.device);
        _scores = Scores(context, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public Tensor Score(SampleRange samples)
    {
        var scores = _scores ?? throw new InvalidOperationException("Prepare must be called before Score.");
        return tensor(scores[(int)samples.Start..(int)(samples.Start + samples.Count)], _precision, _device);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>The suspicion of all N samples, higher = more suspicious.</summary>
    /// <param name="context">The model, of at least two training samples.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    protected abstract double[] Scores(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken);

    /// <summary>Frees what a derived class holds.</summary>
    /// <param name="disposing">True.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
