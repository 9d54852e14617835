using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Features;

/// <summary>
/// Named arrays of a trained model: a safetensors file, or a folder of .npy files, each named for its array, as <c>dml export --format npy</c>
/// writes them (weights in <c>weights/</c>). Values stay in their files until they are used.
/// </summary>
internal sealed class FeatureArrays
{
    private const string Weights = "weights";

    private readonly SafeTensors? _file;
    private readonly Dictionary<string, NpyFile> _arrays = [];

    private FeatureArrays(string path)
    {
        if (!Directory.Exists(path))
        {
            _file = SafeTensors.Open(path);
            return;
        }

        foreach (var folder in new[] { path, Path.Combine(path, Weights) }.Where(Directory.Exists))
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*.npy").Order(StringComparer.Ordinal)) _arrays.TryAdd(Path.GetFileNameWithoutExtension(file), NpyFile.Open(file));
        }
    }

    /// <summary>Names and forms.</summary>
    public IReadOnlyDictionary<string, TensorForm> Entries => _file is null
        ? _arrays.ToDictionary(a => a.Key, a => a.Value.Form, StringComparer.Ordinal)
        : _file.Entries.ToDictionary(e => e.Key, e => (TensorForm)e.Value, StringComparer.Ordinal);

    /// <summary>Free texts; empty for a folder.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _file?.Metadata ?? new Dictionary<string, string>();

    /// <summary>Opens a file or a folder.</summary>
    /// <param name="path">The place.</param>
    /// <exception cref="DmlException">It is missing or not sound.</exception>
    public static FeatureArrays Open(string path) => new(path);

    /// <summary>An array whose values stay in the file where that is possible; never to be written to.</summary>
    /// <param name="name">One of <see cref="Entries"/>.</param>
    public Tensor Map(string name) => _file is null ? _arrays[name].Map() : _file.Map(name);

    /// <summary>The files whose content decides what is read.</summary>
    /// <param name="path">The place that was opened.</param>
    public static IReadOnlyList<string> FilesOf(string path) => !Directory.Exists(path) ? [path]
        : [.. Directory.EnumerateFiles(path, "*.npy", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
