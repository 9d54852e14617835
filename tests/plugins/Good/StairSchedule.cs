namespace Dml.TestPlugins;

/// <summary>The rates fall before every batch, by its place in the training.</summary>
[Plugin("stair")]
public sealed class StairSchedule : ILearningRateSchedule
{
    /// <inheritdoc/>
    public bool ChangesWithinEpochs => true;

    /// <inheritdoc/>
    public double Factor(ScheduleMoment moment) => 1 - (moment.Progress / moment.Epochs);
}
