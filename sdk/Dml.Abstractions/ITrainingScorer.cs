using static TorchSharp.torch;

namespace Dml;

/// <summary>
/// Scores training samples by how suspicious they are in themselves, without regard to any confusion. Like an estimator it sees cached
/// features, never images, and goes through them in blocks.
/// </summary>
public interface ITrainingScorer : IDisposable
{
    /// <summary>Does once what all samples share. Call it first; the context must stay alive.</summary>
    /// <param name="context">The model. Its features may be mapped from a file: read them in blocks, never write to them.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken);

    /// <summary>Suspicion of a block of samples; higher = more suspicious. A sample's score does not depend on its block.</summary>
    /// <param name="samples">Lies within the context's training samples.</param>
    /// <returns>(n), dtype of the context's precision, finite.</returns>
    Tensor Score(SampleRange samples);
}
