using Dml.Engine.Plugins;
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
        return new(plugin.Plugin.Name, (training, epoch, scores) =>
        {
            var factor = made.Value.Factor(new(epoch, training.Epochs) { Validations = [.. scores.Select(score => score.HarmonicMean)] });
            return factor >= 0 && double.IsFinite(factor)
                ? factor
                : throw new DmlException(
                    "training.schedule", "a finite factor of at least 0 on the learning rates", $"{factor} for epoch {epoch}",
                    $"correct the plugin {plugin.Plugin.Name} or its options, or choose another schedule", plugin.Plugin.File);
        });
    }
}
