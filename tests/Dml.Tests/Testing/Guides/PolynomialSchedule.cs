namespace Dml.Plugins;

/// <summary>The rates fall as a power of what remains of the epochs.</summary>
[Plugin("polynomial")]
public sealed class PolynomialSchedule(PolynomialOptions options) : ILearningRateSchedule
{
    public double Factor(ScheduleMoment moment) => Math.Pow(1 - ((double)moment.Epoch / moment.Epochs), options.Power);
}
