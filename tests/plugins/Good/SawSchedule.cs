namespace Dml.TestPlugins;

/// <summary>Options of the saw.</summary>
/// <param name="Period">Epochs until the rates rise again.</param>
public sealed record SawOptions([Range(1, 100)] int Period = 2)
{
    /// <summary>Factor in the first epoch of each period; below 0 it is refused by the host, not here.</summary>
    public double First { get; init; } = 1;
}

/// <summary>The rates fall for a while and rise again.</summary>
[Plugin("saw")]
public sealed class SawSchedule(SawOptions options) : ILearningRateSchedule
{
    /// <inheritdoc/>
    public double Factor(ScheduleMoment moment) => options.First / (1 + (moment.Epoch % options.Period));
}
