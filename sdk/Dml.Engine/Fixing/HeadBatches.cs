using System.Globalization;
using Dml.Engine.Config;
using Dml.Engine.Sessions;

namespace Dml.Engine.Fixing;

/// <summary>Batches for the head of a model: those of its run's training, or the published 8 classes x 4 samples; smaller where the samples are few.</summary>
internal static class HeadBatches
{
    /// <summary>Chooses them.</summary>
    /// <param name="model">The model, of at least two training samples.</param>
    public static HeadRetrainingOptions Of(Model model)
    {
        var published = new HeadRetrainingOptions();
        var training = model.Run is { } run ? ConfigFile.Load(run.Config)[HostSections.Training] : null;
        var classes = Math.Min(Size("batchClasses") ?? published.BatchClasses, model.TrainingLabels.Distinct().Count());
        var images = Size("batchImages") ?? published.BatchImages;
        while (classes * images >= model.TrainingLabels.Count && images > 1) images--;
        while (classes * images >= model.TrainingLabels.Count && classes > 1) classes--;
        return published with { BatchClasses = classes, BatchImages = images };

        int? Size(string key) => int.TryParse(training?[key]?.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : null;
    }
}
