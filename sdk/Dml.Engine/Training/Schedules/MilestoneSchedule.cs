using Dml.Numerics;

namespace Dml.Engine.Training;

/// <summary>Options of <c>milestones</c>.</summary>
[Options]
internal sealed record MilestoneScheduleOptions
{
    /// <summary>Epochs of the main run, counted from 0, from which on all learning rates are multiplied by gamma once more.</summary>
    [Range(0, 1000000)]
    public IReadOnlyList<int> Epochs { get; init; } = [];

    /// <summary>Factor on the learning rates at each of them.</summary>
    [Range(0, 1)]
    public double Gamma { get; init; } = 0.1;
}

/// <summary>torch's MultiStepLR.</summary>
internal sealed class MilestoneSchedule() : Schedule<MilestoneScheduleOptions>(
    "milestones", "The learning rates fall at given epochs.", MilestoneScheduleOptionsBinder.Schema, MilestoneScheduleOptionsBinder.Bind)
{
    public override double Factor(MilestoneScheduleOptions options, TrainingOptions training, int epoch, IReadOnlyList<ValidationScore> scores) =>
        Math.Pow(options.Gamma, options.Epochs.Count(m => m <= epoch));
}
