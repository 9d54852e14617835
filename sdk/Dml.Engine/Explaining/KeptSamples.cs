using static TorchSharp.torch;

namespace Dml.Engine.Explaining;

/// <summary>
/// A prepared estimator that keeps what all confusions share of each block of training samples (embeddings, cosines, probabilities), so that a confusion
/// that is asked about after others costs its own share alone. What it computes is the same to the last bit.
/// </summary>
/// <param name="estimator">The estimator; the caller disposes of it.</param>
internal sealed class KeptSamples(IInfluenceEstimator estimator) : IInfluenceEstimator
{
    /// <summary>Most memory that blocks may take, as <see cref="Bytes"/> reckons.</summary>
    private const long MostBytes = 3L << 30;

    private readonly Dictionary<SampleRange, ISampleBlock> _blocks = [];

    /// <inheritdoc/>
    public bool IsSigned => estimator.IsSigned;

    /// <inheritdoc/>
    public bool ExplainsBatchLosses => estimator.ExplainsBatchLosses;

    /// <summary>Whether the blocks of a model may be kept: its features are in memory, and what is made of them fits.</summary>
    public static bool Serves(InfluenceContext context) => context.ReadTrainFeatures is null && Bytes(context) <= MostBytes;

    /// <inheritdoc/>
    public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("The estimator is prepared before its blocks are kept.");

    /// <inheritdoc/>
    public SolvedTargets Solve(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken) =>
        estimator.Solve(confusions, progress, cancellationToken);

    /// <inheritdoc/>
    public ISampleBlock At(SampleRange samples)
    {
        if (!_blocks.TryGetValue(samples, out var block)) _blocks[samples] = block = estimator.At(samples);
        return new Lent(block);
    }

    /// <summary>Frees the blocks.</summary>
    public void Dispose()
    {
        foreach (var block in _blocks.Values) block.Dispose();
        _blocks.Clear();
    }

    /// <summary>An upper bound for every estimator here: features and embeddings in float64, and four numbers for each proxy.</summary>
    private static long Bytes(InfluenceContext context)
    {
        var proxies = context.Loss is IProxyLoss loss ? loss.Proxies.shape[0] : 0;
        return context.TrainCount * (1 + context.Checkpoints.Count) * ((8 * (context.HeadWeight.shape[0] + context.HeadWeight.shape[1])) + (16 * proxies));
    }

    /// <summary>A block that outlives who asked for it.</summary>
    private sealed class Lent(ISampleBlock block) : ISampleBlock
    {
        public Tensor Score(SolvedTargets targets) => block.Score(targets);

        public void Dispose()
        {
        }
    }
}
