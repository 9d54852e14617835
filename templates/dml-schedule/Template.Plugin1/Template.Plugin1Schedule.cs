namespace Template.Plugin1;

/// <summary>Options of the schedule.</summary>
public sealed record Template_Plugin1Options
{
    /// <summary>Power of the remaining share of the epochs.</summary>
    [Range(0.1, 10)]
    public double Power { get; init; } = 0.9;
}

/// <summary>The rates fall as a power of what remains of the epochs.</summary>
[Plugin("plugin-name-1")]
public sealed class Template_Plugin1Schedule(Template_Plugin1Options options) : ILearningRateSchedule
{
    /// <inheritdoc/>
    public double Factor(ScheduleMoment moment) => Math.Pow(1 - ((double)moment.Epoch / moment.Epochs), options.Power);
}
