namespace Dml.Engine.Training;

/// <summary>
/// Draws the batches of one epoch after another: a sampler of the engine's own, or a plugin's. Its draws are a function of the labels, the seed and the
/// epochs drawn before.
/// </summary>
internal interface ITrainingSampler
{
    /// <summary>Images in a batch.</summary>
    int BatchSize { get; }

    /// <summary>Batches in an epoch.</summary>
    int BatchesPerEpoch { get; }

    /// <summary>One sentence for each thing the user should know of the data.</summary>
    IReadOnlyList<string> Warnings { get; }

    /// <summary>The batches of the next epoch, indices of images each; drawn as they are asked for.</summary>
    IEnumerable<int[]> NextEpoch();

    /// <summary>All that the next draws depend on.</summary>
    SamplerState Save();

    /// <summary>Goes back to a saved state of a sampler for the same labels.</summary>
    void Restore(SamplerState state);

    /// <summary>Makes the sampler of a training.</summary>
    /// <param name="options">Which, and the size of its batches.</param>
    /// <param name="labels">The class index of each training image.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="classNames">Names for warnings; null where there are none.</param>
    static ITrainingSampler Make(TrainingOptions options, IReadOnlyList<int> labels, long seed, IReadOnlyList<string>? classNames = null) =>
        options.Draws is { } plugin ? Of(plugin.Make, labels, options.BatchClasses, options.BatchImages, seed)
        : options.Sampler == SamplerKind.Random ? new RandomSampler(labels.Count, options.BatchClasses * options.BatchImages, seed)
        : new ClassBalancedSampler(labels, options.BatchClasses, options.BatchImages, seed, classNames);

    /// <summary>Makes the sampler of a training that follows another one: the plugin that drew the batches of that, else class-balanced ones.</summary>
    /// <param name="plugin">Makes the plugin; null where there was none.</param>
    /// <param name="labels">The class index of each sample.</param>
    /// <param name="classes">Classes in a batch.</param>
    /// <param name="images">Samples of each class.</param>
    /// <param name="seed">Decides the draws.</param>
    static ITrainingSampler Of(Func<SamplerContext, IBatchSampler>? plugin, IReadOnlyList<int> labels, int classes, int images, long seed) => plugin is null
        ? new ClassBalancedSampler(labels, classes, images, seed)
        : new PluginSampler(plugin(new(labels, new(classes, images), seed)), labels.Count);
}

/// <summary>A sampler between two draws.</summary>
/// <param name="Random">State of the random generator.</param>
/// <param name="Order">Order of classes, or of images.</param>
/// <param name="Items">The images of each class in their present order; empty where there are no classes.</param>
/// <param name="Next">Place in each class's list.</param>
internal sealed record SamplerState(ulong Random, int[] Order, int[][] Items, int[] Next);
