namespace Dml.Engine.Data;

/// <summary>The class indices that a dataset gives: a wrong one would be met after the training, or inside libtorch.</summary>
internal static class DatasetLabels
{
    /// <summary>The dataset, whose class indices lie where they must.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <exception cref="DmlException">One does not.</exception>
    public static MetricDataset Checked(MetricDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        Require("Training", dataset.Training, dataset.TrainingClassCount);
        Require("Query", dataset.Query, dataset.ClassNames.Count);
        Require("Gallery", dataset.Gallery ?? [], dataset.ClassNames.Count);
        return dataset;
    }

    private static void Require(string split, IReadOnlyList<ImageSample> samples, int end)
    {
        if (samples.FirstOrDefault(s => s.ClassIndex < 0 || s.ClassIndex >= end) is not { } wrong) return;
        throw new DmlException(
            $"MetricDataset.{split}: expected class indices in [0, {end}), found {wrong.ClassIndex} for \"{wrong.Id}\"; correct the dataset plugin.");
    }
}
