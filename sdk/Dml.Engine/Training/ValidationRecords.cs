using Dml.Engine.Runs;

namespace Dml.Engine.Training;

/// <summary>Makes the record of a validating training.</summary>
internal static class ValidationRecords
{
    /// <summary>The record.</summary>
    /// <param name="outcome">The training, with a score for each epoch of its main run.</param>
    public static ValidationRecord Of(TrainingOutcome outcome)
    {
        var rates = outcome.Epochs.Where(e => !e.WarmUp).Select(e => e.RateFactor).ToList();
        var best = outcome.Validation.Count == 0 ? 0 : outcome.Validation.Index().MaxBy(v => v.Item.HarmonicMean).Index;
        return new(
            [.. Enumerable.Range(1, Math.Max(0, rates.Count - 1)).Where(e => rates[e] < rates[e - 1])],
            best,
            [.. outcome.Validation.Select((v, epoch) => new EpochValidation(epoch, v.RecallAt1, v.NormalizedMutualInformation, v.HarmonicMean))]);
    }
}
