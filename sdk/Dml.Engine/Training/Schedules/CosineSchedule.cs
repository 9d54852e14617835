using Dml.Configuration;
using Dml.Numerics;

namespace Dml.Engine.Training;

/// <summary>Options of <c>cosine</c>.</summary>
[Options]
internal sealed record CosineScheduleOptions
{
    /// <summary>
    /// Epochs at the beginning of the main run in which the learning rates rise in equal steps; no other epochs than those of
    /// training.epochs, and all weights move in them.
    /// </summary>
    [Range(0, 1000000)]
    public int RampEpochs { get; init; }

    /// <summary>Factor on the learning rates in the first epoch of the rise.</summary>
    [Range(0, 1)]
    public double RampStart { get; init; } = 0.1;

    /// <summary>Factor on the learning rates that the fall comes to, one epoch after the last.</summary>
    [Range(0, 1)]
    public double Least { get; init; }
}

/// <summary>
/// torch's LinearLR followed by its CosineAnnealingLR (Loshchilov, Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017, equation 5,
/// without restarts): with r epochs of rise of T, <c>start + (1 - start) t / r</c> for t below r, then
/// <c>least + (1 - least) (1 + cos(pi (t - r) / (T - r))) / 2</c>.
/// </summary>
internal sealed class CosineSchedule() : Schedule<CosineScheduleOptions>(
    "cosine", "The learning rates fall along half a cosine over all epochs, after a linear rise where one is wanted.",
    CosineScheduleOptionsBinder.Schema, CosineScheduleOptionsBinder.Bind)
{
    public override double Factor(CosineScheduleOptions options, TrainingOptions training, int epoch, IReadOnlyList<ValidationScore> scores)
    {
        if (epoch < options.RampEpochs) return options.RampStart + ((1 - options.RampStart) * epoch / options.RampEpochs);
        var share = (double)(epoch - options.RampEpochs) / (training.Epochs - options.RampEpochs);
        return options.Least + ((1 - options.Least) * (1 + Math.Cos(Math.PI * share)) / 2);
    }

    protected override void Check(CosineScheduleOptions options, TrainingOptions training, ConfigNode node, ConfigProblems problems)
    {
        if (options.RampEpochs > 0 && options.RampEpochs >= training.Epochs)
        {
            problems.Add(
                node["rampEpochs"]!,
                $"expected fewer epochs of rise than the {training.Epochs} of training.epochs, which they are part of, found {options.RampEpochs}; "
                + "lower it or train longer");
        }
    }
}
