using Dml.Engine.Features;
using Dml.Engine.Models;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Training;

/// <summary>Cached features: of an item with several views one is drawn anew each epoch.</summary>
/// <param name="features">Rows of the training split.</param>
/// <param name="labels">N class indices.</param>
/// <param name="seed">The run's seed; decides which views are drawn.</param>
internal sealed class FeatureInputs(FeatureRows features, IReadOnlyList<int> labels, long seed) : ITrainingInputs
{
    /// <summary>Separates these draws from those of the batches and of the noise; epochs count down from here.</summary>
    private const long Stream = -16;

    /// <inheritdoc/>
    public IReadOnlyList<int> Labels => labels;

    /// <inheritdoc/>
    public string Unit => "samples";

    /// <inheritdoc/>
    public IEnumerable<IInputBatch> Batches(IEnumerable<int[]> draws, int epoch, CancellationToken cancellationToken)
    {
        foreach (var indices in draws)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new Batch(features, indices, [.. indices.Select(i => View(i, epoch))]);
        }
    }

    private int View(int index, int epoch) => features.Views == 1 ? 0 : new CounterRandom(seed, Stream - epoch, index).NextBelow(features.Views);

    private sealed class Batch(FeatureRows features, int[] indices, int[] views) : IInputBatch
    {
        public int[] Indices => indices;

        public Tensor ToTensor(Device device) => features.Gather(indices, views).to(float32).to(device);
    }
}
