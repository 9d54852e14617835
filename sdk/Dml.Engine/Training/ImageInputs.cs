using Dml.Engine.Images;
using Dml.Engine.Models;

namespace Dml.Engine.Training;

/// <summary>Images as training sees them, made on other threads while the batch before is trained on.</summary>
/// <param name="images">The training split.</param>
/// <param name="transform">Makes the training view of each image.</param>
/// <param name="seed">The run's seed; decides augmentation.</param>
internal sealed class ImageInputs(ImageSet images, ImageTransform transform, long seed) : ITrainingInputs
{
    /// <inheritdoc/>
    public IReadOnlyList<int> Labels { get; } = [.. images.Samples.Select(s => s.ClassIndex)];

    /// <inheritdoc/>
    public string Unit => "images";

    /// <inheritdoc/>
    public IEnumerable<IInputBatch> Batches(IEnumerable<int[]> draws, int epoch, CancellationToken cancellationToken) =>
        BatchPrefetcher.Run(
            draws, _ => (transform.Size, transform.Size), (index, target) => transform.Augment(images, index, seed, epoch, target), cancellationToken);
}
