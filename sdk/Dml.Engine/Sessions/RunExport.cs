using System.Text.Json;
using Dml.Engine.Features;
using Dml.Engine.Runs;
using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Sessions;

/// <summary>
/// Writes what a run has learnt for other tools: its weights under their names, and the features and embeddings of both splits with
/// labels and ids, rows in the order of dataset.json.
/// </summary>
internal static class RunExport
{
    private const string Train = "train";
    private const string Test = "test";

    /// <summary>Writes one .safetensors file each of weights, features and embeddings.</summary>
    /// <param name="run">The run.</param>
    /// <param name="folder">An existing folder.</param>
    public static void SafeTensorFiles(RunFolder run, string folder)
    {
        using var scope = NewDisposeScope();
        using var features = FeatureFile.Read(run.Features, largestInMemory: long.MaxValue);
        SafeTensors.Write(Path.Combine(folder, "weights.safetensors"), Weights(run));
        var ids = new Dictionary<string, string> { ["train_ids"] = Ids(features.TrainIds), ["test_ids"] = Ids(features.TestIds) };
        SafeTensors.Write(Path.Combine(folder, "features.safetensors"), [.. Arrays(features, "features")], ids);
        SafeTensors.Write(Path.Combine(folder, "embeddings.safetensors"), [.. Arrays(features, "embeddings")], ids);
    }

    /// <summary>Writes one .npy file a tensor, and the ids as JSON lists.</summary>
    /// <param name="run">The run.</param>
    /// <param name="folder">An existing folder.</param>
    public static void NpyFiles(RunFolder run, string folder)
    {
        using var scope = NewDisposeScope();
        using var features = FeatureFile.Read(run.Features, largestInMemory: long.MaxValue);
        foreach (var (name, tensor) in Weights(run)) NpyFile.Write(Path.Combine(folder, "weights", name + ".npy"), tensor.dtype == bfloat16 ? tensor.to(float32) : tensor);
        foreach (var (name, tensor) in Arrays(features, "features").Concat(Arrays(features, "embeddings")).DistinctBy(a => a.Name)) NpyFile.Write(Path.Combine(folder, name + ".npy"), tensor);
        AtomicFile.WriteText(Path.Combine(folder, "train_ids.json"), Ids(features.TrainIds) + "\n");
        AtomicFile.WriteText(Path.Combine(folder, "test_ids.json"), Ids(features.TestIds) + "\n");
    }

    private static List<(string Name, Tensor Tensor)> Weights(RunFolder run)
    {
        var file = SafeTensors.Open(run.Checkpoint);
        return [.. file.Entries.Keys.Select(name => (name, file.Load(name)))];
    }

    private static IEnumerable<(string Name, Tensor Tensor)> Arrays(FeatureSet set, string kind)
    {
        foreach (var (split, features, labels) in new[] { (Train, set.TrainFeatures, set.TrainLabels), (Test, set.TestFeatures, set.TestLabels) })
        {
            yield return ($"{split}_{kind}", kind == "features" ? features : Embed(set, features));
            yield return ($"{split}_labels", labels);
        }

        if (set.EvaluationFeatures is { } evaluated) yield return ($"{Test}_{kind}_evaluation", kind == "features" ? evaluated : Embed(set, evaluated));
    }

    /// <summary>Embeddings as evaluation sees them, formed in float64, in the dtype of the features.</summary>
    private static Tensor Embed(FeatureSet set, Tensor features)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return (features.to(float64).mm(set.HeadWeight.to(float64).t()) + set.HeadBias.to(float64)).to(features.dtype).MoveToOuterDisposeScope();
    }

    private static string Ids(IReadOnlyList<string> ids) => JsonSerializer.Serialize(ids, FeatureJson.Default.IReadOnlyListString);
}
