using Dml.Engine.Features;

namespace Dml.Engine.Explaining;

/// <summary>Features files of earlier moments of a training.</summary>
internal static class CheckpointFiles
{
    private const string OneTraining = "give features files of one training";

    /// <summary>Reads them, which must be of the same training as the trained model's.</summary>
    /// <param name="paths">Oldest first.</param>
    /// <param name="trained">The trained model.</param>
    /// <exception cref="DmlException">One cannot be read, or has other items or sizes.</exception>
    public static IReadOnlyList<FeatureSet> Read(IReadOnlyList<string> paths, FeatureSet trained)
    {
        var checkpoints = new List<FeatureSet>();
        try
        {
            foreach (var path in paths)
            {
                checkpoints.Add(FeatureFile.Read(path));
                RequireSame(path, checkpoints[^1], trained);
            }

            return checkpoints;
        }
        catch
        {
            foreach (var checkpoint in checkpoints) checkpoint.Dispose();
            throw;
        }
    }

    private static void RequireSame(string path, FeatureSet checkpoint, FeatureSet trained)
    {
        (string, long, long)[] sizes =
        [
            ("training samples", trained.TrainCount, checkpoint.TrainCount), ("test items", trained.TestCount, checkpoint.TestCount),
            ("columns of features", trained.TrainFeatures.shape[1], checkpoint.TrainFeatures.shape[1]),
            ("embedding dimensions", trained.EmbeddingSize, checkpoint.EmbeddingSize),
        ];
        foreach (var (name, expected, found) in sizes)
        {
            if (found != expected) throw new DmlException("checkpoints", $"{expected} {name}, as {trained.Source} has", $"{found}", OneTraining, path);
        }

        if (!checkpoint.TrainLabels.equal(trained.TrainLabels).all().item<bool>() || !checkpoint.TestLabels.equal(trained.TestLabels).all().item<bool>())
        {
            throw new DmlException("checkpoints", $"the labels of {trained.Source}", "others", OneTraining, path);
        }
    }
}
