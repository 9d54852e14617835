namespace Dml;

/// <summary>
/// How the learning rates change over the epochs of a training's main run. A config names it as <c>training.schedule</c>, beside the engine's own.
/// </summary>
public interface ILearningRateSchedule
{
    /// <summary>
    /// The factor on all learning rates in an epoch, finite and at least 0. It is a function of the options and of what is given here alone: it is asked
    /// once an epoch, and again for the same epoch where a training goes on from a checkpoint or is evaluated anew.
    /// </summary>
    /// <param name="moment">The epoch that begins.</param>
    double Factor(ScheduleMoment moment);
}

/// <summary>An epoch of a training's main run that begins.</summary>
/// <param name="Epoch">From 0.</param>
/// <param name="Epochs">T, all epochs of the main run, above <paramref name="Epoch"/>; the training may stop earlier.</param>
public sealed record ScheduleMoment(int Epoch, int Epochs)
{
    /// <summary>The harmonic mean of R@1 and NMI after each epoch before this one, oldest first; empty where the training does not validate.</summary>
    public IReadOnlyList<double> Validations { get; init; } = [];
}
