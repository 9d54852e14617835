namespace Dml.Engine.Training;

/// <summary>The split of a validating training: the first half of the training classes to train on, the others to validate on.</summary>
internal static class ValidationSplit
{
    /// <summary>Makes a dataset of the training images alone: classes 0 .. floor(C/2) - 1 are trained on, the rest is what queries are.</summary>
    /// <param name="dataset">The whole dataset.</param>
    /// <exception cref="DmlException">There are fewer than two training classes.</exception>
    public static MetricDataset Of(MetricDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var half = dataset.TrainingClassCount / 2;
        if (half < 1)
        {
            throw new DmlException(
                $"Expected at least two training classes to validate on half of them, found {dataset.TrainingClassCount}; set training.mode to full.");
        }

        return new(
            [.. dataset.ClassNames.Take(dataset.TrainingClassCount)],
            half,
            [.. dataset.Training.Where(s => s.ClassIndex < half)],
            [.. dataset.Training.Where(s => s.ClassIndex >= half)])
        {
            Warnings = dataset.Warnings,
        };
    }
}
