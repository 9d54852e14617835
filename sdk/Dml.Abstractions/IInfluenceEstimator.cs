using static TorchSharp.torch;

namespace Dml;

/// <summary>
/// What an estimator knows of a model: cached features, the head <c>e = f W^T + b</c> and the loss. Estimators never see images.
/// All floating-point tensors have one dtype, the run's precision; theta = W alone.
/// </summary>
/// <param name="TrainFeatures">(N, D).</param>
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
    /// <summary>float32 or float64.</summary>
    public ScalarType Precision => TrainFeatures.dtype;

    /// <summary>N.</summary>
    public long TrainCount => TrainFeatures.shape[0];
}

/// <summary>Scores training samples by their influence on confusions.</summary>
public interface IInfluenceEstimator : IDisposable
{
    /// <summary>Does once what all confusions share: caches, factorisations. Call it before <see cref="Score"/>; the context must stay alive.</summary>
    /// <param name="context">The model to explain.</param>
    /// <param name="progress">Told about long work.</param>
    /// <param name="cancellationToken">Stops it.</param>
    void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken);

    /// <summary>Scores every training sample for every confusion.</summary>
    /// <param name="confusions">At least one; indices refer to the context's test items.</param>
    /// <param name="progress">Told about long work.</param>
    /// <param name="cancellationToken">Stops it.</param>
    HarmScores Score(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken);
}
