namespace Dml;

/// <summary>
/// How the learning rates change over the epochs of a training's main run. A config names it as <c>training.schedule</c>, beside the engine's own.
/// </summary>
public interface ILearningRateSchedule
{
    /// <summary>Whether the factor changes within an epoch, so that it is asked before each batch; else it is asked once an epoch.</summary>
    bool ChangesWithinEpochs => false;

    /// <summary>
    /// The factor on all learning rates in an epoch or batch, finite and at least 0. It is a function of the options and of what is given here alone: it is
    /// asked again for the same moment where a training goes on from a checkpoint or is evaluated anew.
    /// </summary>
    /// <param name="moment">The epoch or batch that begins.</param>
    double Factor(ScheduleMoment moment);
}

/// <summary>An epoch of a training's main run that begins, or a batch of it.</summary>
/// <param name="Epoch">From 0.</param>
/// <param name="Epochs">T, all epochs of the main run, above <paramref name="Epoch"/>; the training may stop earlier.</param>
public sealed record ScheduleMoment(int Epoch, int Epochs)
{
    /// <summary>The harmonic mean of R@1 and NMI after each epoch before this one, oldest first; empty where the training does not validate.</summary>
    public IReadOnlyList<double> Validations { get; init; } = [];

    /// <summary>Batches of the epoch that are done; 0 for a schedule that does not change within epochs.</summary>
    public int Batch { get; init; }

    /// <summary>Batches in an epoch, above <see cref="Batch"/>; 1 for a schedule that does not change within epochs.</summary>
    public int BatchesPerEpoch { get; init; } = 1;

    /// <summary>Epochs that are done, the present one by its batches: from 0 to below <see cref="Epochs"/>.</summary>
    public double Progress => Epoch + ((double)Batch / BatchesPerEpoch);
}
