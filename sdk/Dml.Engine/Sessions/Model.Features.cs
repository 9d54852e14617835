using Dml.Engine.Features;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using Dml.Torch;
using static TorchSharp.torch;

namespace Dml.Engine;

/// <summary>Features without a head.</summary>
public sealed partial class Model
{
    /// <summary>Bytes of the most features of a split, as float32, that are held in memory.</summary>
    private const long MostFeatureBytes = 2L << 30;

    /// <summary>
    /// Opens features without a head, which are then the embeddings themselves: what <c>dml evaluate</c>, <c>confusions</c> and <c>audit</c> need of a
    /// foundation model. Causes need a head and a loss: fit one.
    /// </summary>
    /// <param name="path">A file or folder with features and labels; see docs/features.md.</param>
    /// <param name="testPath">The file of the test split, where the first has the training split alone; null otherwise.</param>
    /// <exception cref="DmlException">An array is missing or not sound, there is no test split, or there are too many features.</exception>
    public static Model FromFeatures(string path, string? testPath = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        NativeTorch.EnsureLoaded();
        using var table = FeatureTable.Open(path, testPath);
        var (training, test) = (table.Training, table.Test ?? throw new DmlException(
            "features", "a training and a test split", "one split alone", "name the other file, or give a column split", path));
        foreach (var split in new[] { training, test }) RequireRoom(split);
        using var scope = NewDisposeScope();
        var size = training.Size;
        var set = new FeatureSet(
            path, Kept(training.Load()), Kept(Labels(training)), Kept(test.Load()), Kept(Labels(test)), Kept(eye(size)), Kept(zeros(size)),
            new Dictionary<string, Tensor>(), training.Ids, test.Ids);
        var dataset = new DatasetRecord(
            FittingRun.DatasetName, table.ClassNames, table.TrainingClassCount, [.. Samples(training)], [.. Samples(test)], table.QueryCount);
        return new(Origin.Of(path), set, null, dataset, null);

        static Tensor Kept(Tensor tensor) => tensor.DetachFromDisposeScope();
        static Tensor Labels(FeatureSplit split) => tensor(split.Labels.Select(l => (long)l).ToArray());
    }

    private static IEnumerable<SampleRecord> Samples(FeatureSplit split) => split.Labels.Select((label, i) =>
        new SampleRecord(split.Ids[i], split.Files?[i] ?? "", label) { Group = split.Groups?[i] });

    private static void RequireRoom(FeatureSplit split)
    {
        var bytes = sizeof(float) * (long)split.Count * split.Size;
        if (bytes > MostFeatureBytes)
        {
            throw new DmlException(
                "features", $"at most {MostFeatureBytes >> 20} MiB of features without a head", $"{bytes >> 20} MiB",
                $"{Mention.Operation("fit")} makes a run of them, whose embeddings are smaller", split.Source);
        }
    }
}
