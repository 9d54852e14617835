using Dml.Configuration;
using Dml.Numerics;

namespace Dml.Engine.Training;

/// <summary>Options of <c>plateau</c>.</summary>
[Options]
internal sealed record PlateauScheduleOptions
{
    /// <summary>Factor of each fall.</summary>
    [Range(0, 1)]
    public double Gamma { get; init; } = 0.1;

    /// <summary>Epochs without improvement that are borne before the learning rates fall.</summary>
    [Range(0, 1000000)]
    public int Patience { get; init; } = 4;
}

/// <summary>
/// torch's ReduceLROnPlateau(mode max) with its relative threshold of 1e-4: a validation counts as better only above best * 1.0001; after more than
/// <c>patience</c> epochs without one the rates fall.
/// </summary>
internal sealed class PlateauSchedule() : Schedule<PlateauScheduleOptions>(
    "plateau", "The learning rates fall when the validation no longer improves; with training.mode validate.",
    PlateauScheduleOptionsBinder.Schema, PlateauScheduleOptionsBinder.Bind)
{
    private const double Threshold = 1e-4;

    /// <summary>torch's eps: a fall smaller than this is not made.</summary>
    private const double LeastFall = 1e-8;

    public override double Factor(PlateauScheduleOptions options, TrainingOptions training, int epoch, IReadOnlyList<ValidationScore> scores)
    {
        // The largest learning rate is the one by which torch judges whether a fall is worth making.
        var rates = training.Optimizer;
        var largest = Math.Max(Math.Max(rates.LearningRate, rates.HeadLearningRate), rates.ProxyLearningRate);
        var (factor, best, waited) = (1.0, (double?)null, 0);
        foreach (var value in scores.Select(score => score.HarmonicMean))
        {
            if (best is null || value > best * (1 + Threshold))
            {
                (best, waited) = (value, 0);
            }
            else if (waited < options.Patience)
            {
                waited++;
            }
            else
            {
                var lower = factor * options.Gamma;
                (factor, waited) = (largest * (factor - lower) > LeastFall ? lower : factor, 0);
            }
        }

        return factor;
    }

    protected override void Check(PlateauScheduleOptions options, TrainingOptions training, ConfigNode node, ConfigProblems problems)
    {
        if (training.Mode == TrainingMode.Validate) return;
        problems.Add(node, "expected training.mode validate, whose validations plateau watches, found full; set the mode or choose another schedule");
    }
}
