namespace Dml;

/// <summary>
/// Draws the batches of a training. A config names it as <c>training.sampler</c>, beside the engine's own. It gets a <see cref="SamplerContext"/> in its
/// constructor, and throws a <see cref="DmlException"/> there where the samples are too few or of too few classes for one batch.
/// </summary>
/// <remarks>
/// A sampler says which loss a training minimises: the mean over its batches. Where the loss is no mean of samples, explaining draws batches from it too, by
/// another seed and from epoch 0 on. Epochs therefore differ by their draws alone, not in what they are drawn from.
/// </remarks>
public interface IBatchSampler
{
    /// <summary>Samples in a batch, at least 1; every batch has as many.</summary>
    int BatchSize { get; }

    /// <summary>Batches in an epoch, at least 1; every epoch has as many.</summary>
    int BatchesPerEpoch { get; }

    /// <summary>One sentence for each thing that the user should know of the samples; begins with a capital letter and ends with a full stop.</summary>
    IReadOnlyList<string> Warnings => [];

    /// <summary>
    /// The batches of an epoch. They are a function of options, context and epoch alone: a training that goes on from a checkpoint asks for its epoch without
    /// having asked for those before, and passes over the batches that are done.
    /// </summary>
    /// <param name="epoch">From 0, those of the warm-up included.</param>
    /// <returns>
    /// Indices of samples, a new array for each batch, drawn as they are asked for. A sample may stand in a batch twice, where its class is too small for
    /// instance. Every sample of a class that can fill its share of a batch comes sooner or later.
    /// </returns>
    IEnumerable<int[]> Epoch(int epoch);
}

/// <summary>What a sampler draws from.</summary>
/// <param name="Labels">The class index of each training sample, from 0; a class may have no sample.</param>
/// <param name="Batch">
/// Classes and samples of each class in a batch, as <c>training.batchClasses</c> and <c>batchImages</c> say; a sampler that knows no classes takes
/// their product as the size.
/// </param>
/// <param name="Seed">Decides the draws.</param>
[PluginService]
public sealed record SamplerContext(IReadOnlyList<int> Labels, BatchShape Batch, long Seed);
