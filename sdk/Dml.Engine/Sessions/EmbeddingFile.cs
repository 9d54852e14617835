using System.Text.Json;
using Dml.Engine.Features;
using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Sessions;

/// <summary>A file of embeddings: .safetensors, with the names in its metadata, or .npy, with the names in FILE.ids.json beside it.</summary>
internal static class EmbeddingFile
{
    private const string Npy = ".npy";
    private const string SafeTensorsSuffix = ".safetensors";

    /// <summary>Refuses a place that cannot be written to, before minutes of embedding.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overwrite">Whether a file there is replaced.</param>
    /// <exception cref="DmlException">It has another ending, or stands there already.</exception>
    public static void Check(string path, bool overwrite)
    {
        if (Path.GetExtension(path) is not (Npy or SafeTensorsSuffix))
        {
            throw new DmlException("output", $"a file that ends with {Npy} or {SafeTensorsSuffix}", $"\"{path}\"");
        }

        foreach (var file in new[] { path, path + FeatureArrays.IdsSuffix }.Where(f => !overwrite && File.Exists(f)))
        {
            throw new DmlException(
                "output", "a new file", $"{file}", $"give {Mention.Option("overwrite")} to replace it or choose another {Mention.Option("output")}");
        }
    }

    /// <summary>Writes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Name of the tensor.</param>
    /// <param name="rows">(n, E) or (n, D).</param>
    /// <param name="ids">n names.</param>
    public static void Write(string path, string name, Tensor rows, IReadOnlyList<string> ids)
    {
        var text = JsonSerializer.Serialize(ids, FeatureJson.Default.IReadOnlyListString);
        if (Path.GetExtension(path) == SafeTensorsSuffix)
        {
            SafeTensors.Write(path, [(name, rows)], new Dictionary<string, string> { ["ids"] = text });
            return;
        }

        NpyFile.Write(path, rows);
        AtomicFile.WriteText(path + FeatureArrays.IdsSuffix, text + "\n");
    }
}
