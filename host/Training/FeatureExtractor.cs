using Dml.Host.Images;
using static TorchSharp.torch;

namespace Dml.Host.Training;

/// <summary>Runs all images of a split through a backbone in evaluation mode.</summary>
public static class FeatureExtractor
{
    /// <summary>Images that go through the backbone at once.</summary>
    public const int DefaultBatchSize = 64;

    /// <summary>The features of every image, in the order of the split.</summary>
    /// <param name="model">The model; in evaluation mode afterwards.</param>
    /// <param name="images">The split.</param>
    /// <param name="transform">Makes the evaluation view of each image.</param>
    /// <param name="stage">What the progress reports say is being done, for example "embed training images".</param>
    /// <param name="progress">Told how many images are done.</param>
    /// <param name="cancellationToken">Stops it between two batches.</param>
    /// <param name="batchSize">Images at once. It may change the last bits of the result, so a run keeps to one.</param>
    /// <returns>(N, D), float32, on the CPU.</returns>
    public static Tensor Extract(
        EmbeddingModel model,
        ImageSet images,
        ImageTransform transform,
        string stage,
        IProgress<ProgressReport> progress,
        CancellationToken cancellationToken,
        int batchSize = DefaultBatchSize)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(transform);
        ArgumentNullException.ThrowIfNull(progress);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        model.SetTraining(false);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var count = images.Samples.Count;
        var features = zeros(count, model.FeatureSize, ScalarType.Float32);
        var done = 0;
        void Write(int index, Span<float> target) => transform.Evaluate(images.Resized(index), target);
        foreach (var batch in BatchPrefetcher.Run(Enumerable.Range(0, count).Chunk(batchSize), transform, Write, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var rows = model.Features(batch.ToTensor(model.Device)).to(CPU);
            features.narrow(0, done, batch.Indices.Length).copy_(rows);
            done += batch.Indices.Length;
            progress.Report(new ProgressReport(stage, done, count));
        }

        return features.MoveToOuterDisposeScope();
    }
}
