using Dml.Engine.Plugins;
using Dml.Numerics;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Engine.Training;

/// <summary>A schedule that is a plugin. It is made when it is first asked, and then kept.</summary>
internal static class PluginSchedule
{
    /// <summary>The schedule of a plugin.</summary>
    /// <param name="plugin">Of the kind schedule, with its options.</param>
    public static BoundSchedule Of(BoundPlugin plugin)
    {
        var made = new Lazy<ILearningRateSchedule>(() =>
        {
            using var none = new ServiceCollection().BuildServiceProvider();
            return plugin.Create<ILearningRateSchedule>(none);
        });
        return new(plugin.Plugin.Name, (training, epoch, scores) => Factor(plugin, made.Value, Moment(training, epoch, scores)))
        {
            OfBatch = (training, place, batches) => made.Value.ChangesWithinEpochs
                ? Factor(plugin, made.Value, Moment(training, place.Epoch, place.Scores) with { Batch = place.Batch, BatchesPerEpoch = batches })
                : null,
        };
    }

    private static ScheduleMoment Moment(TrainingOptions training, int epoch, IReadOnlyList<ValidationScore> scores) =>
        new(epoch, training.Epochs) { Validations = [.. scores.Select(score => score.HarmonicMean)] };

    private static double Factor(BoundPlugin plugin, ILearningRateSchedule schedule, ScheduleMoment moment)
    {
        var factor = schedule.Factor(moment);
        if (factor >= 0 && double.IsFinite(factor)) return factor;
        var batch = moment.BatchesPerEpoch > 1 ? $" after {moment.Batch} of {moment.BatchesPerEpoch} batches" : "";
        throw new DmlException(
            "training.schedule", "a finite factor of at least 0 on the learning rates", $"{factor} for epoch {moment.Epoch}{batch}",
            $"correct the plugin {plugin.Plugin.Name} or its options, or choose another schedule", plugin.Plugin.File);
    }
}
