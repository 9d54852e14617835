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

    private const string Partial = ".partial";

    private static readonly Wording ChooseAnother = $"choose another {Mention.Option("output")}";

    /// <summary>Writes into a neighbour first and renames it, so that the folder is complete or absent.</summary>
    /// <param name="run">The run.</param>
    /// <param name="folder">A new or empty folder.</param>
    /// <param name="write">Writes the files: one of the methods below.</param>
    /// <returns>Number of files.</returns>
    /// <exception cref="DmlException">Something stands there, somebody else writes there, or the system refuses.</exception>
    public static int Write(RunFolder run, string folder, Action<RunFolder, string> write)
    {
        var target = OutputFolder.Resolve(folder);
        var partial = target + Partial;
        if (File.Exists(target)) throw new DmlException("output", "a folder", $"the file {folder}", ChooseAnother);
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
        {
            throw new DmlException("output", "a new or empty folder", $"{folder} with files in it", ChooseAnother);
        }

        if (Directory.Exists(partial) && (RunWriter.IsUnfinished(partial) || !File.Exists(Path.Combine(partial, RunLock.FileName))))
        {
            throw new DmlException("output", $"no folder {partial}, which the files are written to before it is renamed", "one", "move it away");
        }

        using var held = RunLock.Take(partial, "`dml export`");
        try
        {
            // What an export left that was killed.
            RunLock.Clear(partial);
            write(run, partial);
            if (Directory.Exists(target)) Directory.Delete(target);
            Directory.Move(partial, target);
            held.MovedTo(target);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DmlException($"Expected to write to {folder}, but the system refused ({error.Message.TrimEnd('.')}); {ChooseAnother}.", error);
        }
        finally
        {
            if (Directory.Exists(partial)) RunLock.Clear(partial);
        }

        return Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories).Count(f => Path.GetFileName(f) != RunLock.FileName);
    }

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
        foreach (var (name, tensor) in Weights(run))
        {
            NpyFile.Write(Path.Combine(folder, "weights", name + ".npy"), tensor.dtype == bfloat16 ? tensor.to(float32) : tensor);
        }

        foreach (var (name, tensor) in Arrays(features, "features").Concat(Arrays(features, "embeddings")).DistinctBy(a => a.Name))
        {
            NpyFile.Write(Path.Combine(folder, name + ".npy"), tensor);
        }

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
