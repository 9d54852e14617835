namespace Dml.Engine.Training;

/// <summary>How a model is trained.</summary>
[Options]
internal sealed record TrainingOptions
{
    /// <summary>
    /// full: train on all training classes. validate: train on the first half of them, validate on the second, and find out when the learning rates should
    /// fall. frozen: train the head alone, on features that the backbone makes once.
    /// </summary>
    public TrainingMode Mode { get; init; } = TrainingMode.Full;

    /// <summary>Epochs of the main run, after the warm-up.</summary>
    [Range(0, 1000000)]
    public int Epochs { get; init; } = 15;

    /// <summary>
    /// Epochs before the main run in which the backbone's weights stand still (its batch-norm statistics move); with an optimiser of their own.
    /// </summary>
    [Range(0, 1000000)]
    public int WarmUpEpochs { get; init; }

    /// <summary>In frozen mode the views of each training image, of which one is drawn a step: the image itself and, above 1, augmented ones.</summary>
    [Range(1, 1000)]
    public int Views { get; init; } = 1;

    /// <summary>But in validate mode the epoch of the main run, counted from 0, after which training stops; null to train all epochs.</summary>
    [Range(0, 1000000)]
    public int? StopAfterEpoch { get; init; }

    /// <summary>
    /// balanced: batchImages images from each of batchClasses classes. random: all images in random order, as many in a batch. Or a sampler plugin.
    /// </summary>
    public SamplerKind Sampler { get; init; } = SamplerKind.Balanced;

    /// <summary>Classes in a batch.</summary>
    [Range(1, 1000000)]
    public int BatchClasses { get; init; } = 8;

    /// <summary>Images of each class in a batch.</summary>
    [Range(1, 1000000)]
    public int BatchImages { get; init; } = 4;

    /// <summary>E, the number of dimensions of an embedding.</summary>
    [Range(1, 65536)]
    public int EmbeddingSize { get; init; } = 64;

    /// <summary>The optimiser's numbers.</summary>
    public OptimizerOptions Optimizer { get; init; } = new();

    /// <summary>Gradient values of backbone and head (not of the proxies) are clipped to plus or minus this; null for no clipping.</summary>
    [Range(0, 1e6)]
    public double? GradientClip { get; init; } = 10;

    /// <summary>Epochs of the main run, counted from 0, from which on all learning rates are multiplied by gamma once more.</summary>
    [Range(0, 1000000)]
    public IReadOnlyList<int> Milestones { get; init; } = [];

    /// <summary>Factor on the learning rates at each milestone, or in validate mode each time the validation stops improving.</summary>
    [Range(0, 1)]
    public double Gamma { get; init; } = 0.1;

    /// <summary>In validate mode the epochs without improvement that are borne before the learning rates fall.</summary>
    [Range(0, 1000000)]
    public int Patience { get; init; } = 4;

    /// <summary>Number type of the backbone's forward and backward pass: float32, or bfloat16 with float32 weights, statistics and updates.</summary>
    public TrainingPrecision Precision { get; init; } = TrainingPrecision.Float32;

    /// <summary>Least time between two checkpoints, in seconds; 0 for one after every batch.</summary>
    [Range(0, 1e6)]
    public double CheckpointSeconds { get; init; } = 60;

    /// <summary>Epochs of the main run after which the features of all images are kept in the run, for what follows a training; 0 for never.</summary>
    [Range(0, 1000000)]
    public int KeepEvery { get; init; }

    /// <summary>Whether TensorBoard event files are written beside the log.</summary>
    public bool TensorBoard { get; init; } = true;

    /// <summary>How batches are drawn.</summary>
    internal BatchShape Batches => new(BatchClasses, BatchImages) { IsBalanced = Sampler == SamplerKind.Balanced };

    /// <summary>Epochs of the main run that are trained.</summary>
    internal int TrainedEpochs => Mode != TrainingMode.Validate && StopAfterEpoch is { } last ? Math.Min(Epochs, last + 1) : Epochs;

    /// <summary>Whether the model after an epoch is kept as a moment of the training; that after the last is the trained model itself.</summary>
    /// <param name="epoch">The epoch.</param>
    internal bool Keeps(EpochRecord epoch) =>
        KeepEvery > 0 && !epoch.WarmUp && (epoch.Epoch + 1) % KeepEvery == 0 && epoch.Epoch + 1 < TrainedEpochs;

    /// <summary>The sampler that the config names; null for one of the engine's own.</summary>
    internal BoundSampler? Draws { get; init; }

    /// <summary>The schedule that the config names; null for the one that follows from milestones, gamma and patience.</summary>
    internal BoundSchedule? Schedule { get; init; }

    /// <summary>The schedule of the main run.</summary>
    /// <param name="validates">Whether each epoch is validated.</param>
    internal BoundSchedule RatesOf(bool validates) => Schedule
        ?? (validates
            ? new PlateauSchedule().With(new() { Gamma = Gamma, Patience = Patience })
            : new MilestoneSchedule().With(new() { Epochs = Milestones, Gamma = Gamma }));
}
