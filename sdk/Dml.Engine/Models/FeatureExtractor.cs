using Dml.Engine.Images;
using static TorchSharp.torch;

namespace Dml.Engine.Models;

/// <summary>Runs all images of a split through a backbone in evaluation mode.</summary>
internal static class FeatureExtractor
{
    /// <summary>Images that go through the backbone at once.</summary>
    public const int DefaultBatchSize = 64;

    /// <summary>Most pixels of a batch, 8 Mpx (96 MiB of floats); a larger image goes alone.</summary>
    internal const int MaximumPixels = 8 << 20;

    /// <summary>The features of every image, in the order of the split.</summary>
    /// <param name="model">The model; in evaluation mode afterwards.</param>
    /// <param name="images">The split.</param>
    /// <param name="transform">Makes the view of each image.</param>
    /// <param name="view">Which; images whose view has one size go through the backbone together.</param>
    /// <param name="stage">What the progress reports say is being done, for example "embed training images".</param>
    /// <param name="progress">Receives how many images are done.</param>
    /// <param name="cancellationToken">Stops it between two batches.</param>
    /// <param name="batchSize">Images at once, fewer where they are large. It may change the last bits of the result, so a run keeps to one.</param>
    /// <param name="beforeHidden">Whether to stop before the hidden layer of an MLP head.</param>
    /// <returns>(N, D), float32, on the CPU.</returns>
    public static Tensor Extract(
        Network model,
        ImageSet images,
        ImageTransform transform,
        ImageView view,
        string stage,
        IProgress<ProgressReport> progress,
        CancellationToken cancellationToken,
        int batchSize = DefaultBatchSize,
        bool beforeHidden = false)
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
        var features = zeros(count, beforeHidden ? model.BackboneSize : model.FeatureSize, ScalarType.Float32);
        var done = 0;
        (int, int) SizeOf(int index) => transform.SizeOf(images, index, view);
        var batches = Enumerable.Range(0, count).GroupBy(SizeOf).SelectMany(group => group.Chunk(ImagesAtOnce(group.Key, batchSize)));
        foreach (var batch in BatchPrefetcher.Run(batches, SizeOf, (index, target) => transform.Look(images, index, view, target), cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var inputs = batch.ToTensor(model.Device);
            var rows = (beforeHidden ? model.BackboneFeatures(inputs) : model.Features(inputs)).to(CPU);
            features.index_copy_(0, tensor(batch.Indices.Select(i => (long)i).ToArray()), rows);
            done += batch.Indices.Length;
            progress.Report(new ProgressReport(stage, done, count));
        }

        return features.MoveToOuterDisposeScope();
    }

    /// <summary>The backbone's features of every image as training sees it in an epoch, in the order of the split.</summary>
    /// <param name="model">The model; in evaluation mode afterwards.</param>
    /// <param name="images">The split.</param>
    /// <param name="transform">Makes the training view of each image.</param>
    /// <param name="seed">Decides the draws.</param>
    /// <param name="epoch">As <paramref name="seed"/>.</param>
    /// <param name="stage">What the progress reports say is being done.</param>
    /// <param name="progress">Receives how many images are done.</param>
    /// <param name="cancellationToken">Stops it between two batches.</param>
    /// <returns>(N, D of the backbone), float32, on the CPU.</returns>
    public static Tensor Augmented(
        Network model, ImageSet images, ImageTransform transform, long seed, int epoch, string stage, IProgress<ProgressReport> progress,
        CancellationToken cancellationToken)
    {
        model.SetTraining(false);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var features = zeros(images.Samples.Count, model.BackboneSize);
        var done = 0;
        void Augment(int index, Span<float> target) => transform.Augment(images, index, seed, epoch, target);
        var batches = Enumerable.Range(0, images.Samples.Count).Chunk(DefaultBatchSize);
        foreach (var batch in BatchPrefetcher.Run(batches, _ => (transform.Size, transform.Size), Augment, cancellationToken))
        {
            using var inner = NewDisposeScope();
            features.narrow(0, done, batch.Indices.Length).copy_(model.BackboneFeatures(batch.ToTensor(model.Device)).to(CPU));
            done += batch.Indices.Length;
            progress.Report(new(stage, done, images.Samples.Count));
        }

        return features.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Images of one size in a batch: whole images have the size that their options and their proportions give, which has no bound of its own.
    /// </summary>
    /// <param name="size">Columns and rows.</param>
    /// <param name="batchSize">Most images.</param>
    /// <returns>At least 1.</returns>
    internal static int ImagesAtOnce((int Width, int Height) size, int batchSize) =>
        (int)Math.Min(batchSize, Math.Max(1, MaximumPixels / ((long)size.Width * size.Height)));
}
