using Dml.Engine.Config;
using Dml.Engine.Features;

namespace Dml.Engine.Sessions;

/// <summary>Settings of a fit that follow from its features where the config does not give them, so that none is needed.</summary>
internal static class FittingDefaults
{
    private const int Classes = 32;
    private const int SamplesPerClass = 4;

    /// <summary>The config with batches of 32 classes x 4 samples, or as many as there are.</summary>
    /// <param name="root">The config.</param>
    /// <param name="table">The features.</param>
    public static Configuration.ConfigNode Fill(Configuration.ConfigNode root, FeatureTable table)
    {
        var training = root[HostSections.Training];
        var (classes, samples) = (Given("batchClasses"), Given("batchImages"));
        if (classes is not null && samples is not null) return root;
        var batchClasses = classes ?? Math.Min(Classes, table.TrainingClassCount);
        var batchSamples = samples ?? SamplesPerClass;

        // A balanced sampler needs more samples than a batch has.
        while (samples is null && batchSamples > 1 && batchClasses * batchSamples >= table.Training.Count) batchSamples--;
        while (classes is null && batchClasses > 1 && batchClasses * batchSamples >= table.Training.Count) batchClasses--;
        if (classes is null) root = ConfigOverride.Apply(root, FormattableString.Invariant($"training.batchClasses={batchClasses}"));
        return samples is null ? ConfigOverride.Apply(root, FormattableString.Invariant($"training.batchImages={batchSamples}")) : root;

        int? Given(string key) => training?[key] is { } value && int.TryParse(value.Text, out var number) ? number : training?[key] is null ? null : 1;
    }
}
