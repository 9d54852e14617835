using static TorchSharp.torch;

namespace Dml;

/// <summary>
/// What an estimator knows of a model: cached features, the head <c>e = f W^T + b</c> and the loss. Estimators never see images.
/// All floating-point tensors have one dtype, the run's precision; theta = W alone.
/// </summary>
/// <param name="TrainFeatures">(N, D); may be larger than memory, so read it by <see cref="TrainFeaturesAt(SampleRange)"/>.</param>
/// <param name="TrainLabels">(N), int64, training class indices in [0, C).</param>
/// <param name="TestFeatures">(M, D).</param>
/// <param name="TestLabels">(M), int64.</param>
/// <param name="HeadWeight">W, (E, D).</param>
/// <param name="HeadBias">b, (E); stays fixed.</param>
/// <param name="Loss">The training loss with its trained parameters.</param>
public sealed record InfluenceContext(
    Tensor TrainFeatures,
    Tensor TrainLabels,
    Tensor TestFeatures,
    Tensor TestLabels,
    Tensor HeadWeight,
    Tensor HeadBias,
    IMetricLoss Loss)
{
    private readonly Tensor _trainFeatures = TrainFeatures;

    /// <summary>float32 or float64.</summary>
    public ScalarType Precision => HeadWeight.dtype;

    /// <summary>N.</summary>
    public long TrainCount => TrainFeatures.shape[0];

    /// <summary>
    /// (N, D), in memory and of this precision, or mapped from a file in the dtype of that file, which may be float16; who reads a mapped one
    /// while its file is cut short ends the process.
    /// </summary>
    public Tensor TrainFeatures
    {
        get => _trainFeatures;
        init
        {
            _trainFeatures = value;
            ReadTrainFeatures = null;
        }
    }

    /// <summary>
    /// Reads the features of a block of training samples from their file, (n, D), of this precision; null where <see cref="TrainFeatures"/>
    /// has them in memory. Features that are set anew take it away.
    /// </summary>
    public Func<SampleRange, Tensor>? ReadTrainFeatures { get; init; }

    /// <summary>Features of a block of training samples, (n, D): a view of those in memory, or read from their file.</summary>
    /// <param name="samples">Lies within the training samples.</param>
    /// <returns>Never to be written to; the caller disposes of it.</returns>
    /// <exception cref="DmlException">The file has been cut short.</exception>
    public Tensor TrainFeaturesAt(SampleRange samples) => ReadTrainFeatures?.Invoke(samples) ?? TrainFeatures.narrow(0, samples.Start, samples.Count);

    /// <summary>Features of some training samples, (n, D), copied or read from their file.</summary>
    /// <param name="samples">Indices, in any order.</param>
    /// <returns>The caller disposes of it.</returns>
    /// <exception cref="DmlException">The file has been cut short.</exception>
    public Tensor TrainFeaturesAt(IReadOnlyList<long> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        using var scope = NewDisposeScope();
        var features = ReadTrainFeatures is { } read
            ? cat([.. samples.Select(i => read(new(i, 1)))])
            : TrainFeatures.index_select(0, tensor(samples.ToArray(), device: TrainFeatures.device));
        return features.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The same model at earlier moments of its training, oldest first, for estimators that follow the training; empty when there are
    /// none. Sample counts and labels are those of this context; D, E and C too.
    /// </summary>
    public IReadOnlyList<InfluenceContext> Checkpoints { get; init; } = [];

    /// <summary>The batches that the model was trained with, or would be: a loss that is no mean of samples has another value in others.</summary>
    public BatchShape Batches { get; init; } = new(8, 4);

    /// <summary>
    /// Makes the sampler that drew these batches, where it is a plugin; null for the engine's own, which <see cref="Batches"/> tells all about. It throws
    /// a <see cref="DmlException"/> where the plugin is missing now.
    /// </summary>
    public Func<SamplerContext, IBatchSampler>? Sampler { get; init; }

    /// <summary>The retraining whose outcome is to be predicted, where it is known; an estimator that replays one takes it in place of its options.</summary>
    public HeadTraining? Retraining { get; init; }
}

/// <summary>How batches are drawn.</summary>
/// <param name="Classes">Classes in a batch, at least 1.</param>
/// <param name="Images">Samples of each class, at least 1.</param>
public sealed record BatchShape(int Classes, int Images)
{
    /// <summary>Whether each class gives the same number of samples; else classes times images samples are drawn at random.</summary>
    public bool IsBalanced { get; init; } = true;
}

/// <summary>
/// Scores training samples by their influence on confusions, in two steps that can run in different processes: what depends on the
/// confusions alone is solved once, and blocks of training samples are scored against it. Neither step sees the whole score matrix, so
/// memory grows neither with N nor with the number of confusions.
/// </summary>
public interface IInfluenceEstimator : IDisposable
{
    /// <summary>
    /// Whether the sign of a score tells harm from help. An estimator without one scores relevance, and nothing that is written of its
    /// scores speaks of harm and help.
    /// </summary>
    bool IsSigned => true;

    /// <summary>
    /// Whether its scores hold for a loss that is no mean of samples (<see cref="IMetricLoss.IsMeanOfSamples"/>): it computes with samples' shares of the
    /// loss of batches, or does not look at the loss. Any other estimator is refused for such a loss, by name.
    /// </summary>
    bool ExplainsBatchLosses => !IsSigned;

    /// <summary>Does once what all confusions share: caches, factorisations. Call it first; the context must stay alive.</summary>
    /// <param name="context">The model to explain. Read its training features in blocks, never write to them.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken);

    /// <summary>Does what depends on the confusions alone: walks, inverse Hessians.</summary>
    /// <param name="confusions">At least one; indices refer to the context's test items.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    SolvedTargets Solve(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken);

    /// <summary>Computes what all confusions share of a block of training samples.</summary>
    /// <param name="samples">Lies within the context's training samples.</param>
    ISampleBlock At(SampleRange samples);
}

/// <summary>A block of training samples, ready to be scored against any number of solved targets.</summary>
public interface ISampleBlock : IDisposable
{
    /// <summary>Harm of the block's samples.</summary>
    /// <param name="targets">From <see cref="IInfluenceEstimator.Solve"/> of an estimator with the same options and context, here or elsewhere.</param>
    /// <returns>(T, n), dtype of the context's precision. The same bits for the same targets and samples, whatever was scored before.</returns>
    Tensor Score(SolvedTargets targets);
}

/// <summary>Confusions with what an estimator found out about them alone; a file can hold it.</summary>
/// <param name="Targets">T explanations in the order of the confusions given.</param>
/// <param name="State">Whatever scoring needs, by the estimator's own names; empty where the confusions say it all.</param>
public sealed record SolvedTargets(IReadOnlyList<TargetExplanation> Targets, IReadOnlyDictionary<string, Tensor> State) : IDisposable
{
    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (var tensor in State.Values) tensor.Dispose();
    }
}
