using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Features;

/// <summary>
/// Named arrays of a trained model: a safetensors file, or a folder of .npy files, each named for its array, as <c>dml export --format npy</c>
/// writes them (weights in <c>weights/</c>). Values stay in their files
/// until they are used; the files stay open, so that a file that takes the name of one of them does not get into it.
/// </summary>
internal sealed class FeatureArrays : IDisposable
{
    /// <summary>Behind the name of a features file: the name of the file with the samples' names, where they are not in it.</summary>
    public const string IdsSuffix = ".ids.json";

    private const string Weights = "weights";

    private readonly SafeTensors? _file;
    private readonly Dictionary<string, NpyFile> _arrays = [];
    private readonly Dictionary<string, DmlException> _problems = [];

    private FeatureArrays(string path)
    {
        if (!Directory.Exists(path))
        {
            _file = SafeTensors.OpenHeld(path);
            return;
        }

        foreach (var file in Arrays(path)) Add(Path.GetFileNameWithoutExtension(file), file);
    }

    /// <summary>Names and forms.</summary>
    public IReadOnlyDictionary<string, TensorForm> Entries => _file is null
        ? _arrays.ToDictionary(a => a.Key, a => a.Value.Form, StringComparer.Ordinal)
        : _file.Entries.ToDictionary(e => e.Key, e => (TensorForm)e.Value, StringComparer.Ordinal);

    /// <summary>Names of all arrays, also of those that cannot be read.</summary>
    public IEnumerable<string> Names => _file is null ? _arrays.Keys.Concat(_problems.Keys) : _file.Entries.Keys.Concat(_file.Unread.Keys);

    /// <summary>Free texts; empty for a folder.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _file?.Metadata ?? new Dictionary<string, string>();

    /// <summary>Opens a file or a folder.</summary>
    /// <param name="path">The place.</param>
    /// <exception cref="DmlException">It is missing or not sound.</exception>
    public static FeatureArrays Open(string path) => new(path);

    /// <summary>Whether there is an array of a name, also one that cannot be read.</summary>
    /// <param name="name">The name.</param>
    public bool Has(string name) => Names.Contains(name);

    /// <summary>Why an array that is there cannot be read: a dtype that is not known, or a damaged file; null for any other.</summary>
    /// <param name="name">The name.</param>
    public DmlException? Unread(string name) => _file is null ? _problems.GetValueOrDefault(name)
        : _file.Unread.TryGetValue(name, out var dtype) ? SafeTensorsHeader.NotRead(_file.Name, name, dtype) : null;

    /// <summary>Reads an array into memory.</summary>
    /// <param name="name">One of <see cref="Entries"/>.</param>
    /// <exception cref="DmlException">Its file is shorter than before, or the system refuses.</exception>
    public Tensor Load(string name)
    {
        var shape = Entries[name].Shape;
        if (HasRows(name) && shape.Count > 0 && !shape.Contains(0)) return Rows(name, 0, shape[0]);
        return _file is null ? _arrays[name].Load() : _file.Load(name);
    }

    /// <summary>Whether rows of an array can be read without the others.</summary>
    /// <param name="name">One of <see cref="Entries"/>.</param>
    public bool HasRows(string name) => _file is not null || _arrays[name].HasRows;

    /// <summary>Reads rows of an array into memory.</summary>
    /// <param name="name">One of <see cref="Entries"/> for which <see cref="HasRows"/> holds.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <exception cref="DmlException">As <see cref="Load"/>.</exception>
    public Tensor Rows(string name, long first, long count) => _file is null ? _arrays[name].LoadRows(first, count) : _file.LoadRows(name, first, count);

    /// <summary>
    /// An array whose values stay in the file; never to be written to. Whoever shortens the file ends the process, so nothing here reads
    /// it: it is for estimators that ask for all rows at once.
    /// </summary>
    /// <param name="name">One of <see cref="Entries"/>.</param>
    public Tensor Map(string name) => _file is null ? _arrays[name].Map() : _file.Map(name);

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        _file?.Close();
        foreach (var array in _arrays.Values) array.Close();
    }

    /// <summary>The files that have the samples' names, where they are not in the features file; only those that are there.</summary>
    /// <param name="path">The place that was opened.</param>
    public static IReadOnlyList<string> IdFilesOf(string path) => [.. (Directory.Exists(path)
        ? new[] { Path.Combine(path, "train_ids.json"), Path.Combine(path, "test_ids.json") } : [path + IdsSuffix]).Where(File.Exists)];

    /// <summary>The files whose values decide what is read.</summary>
    /// <param name="path">The place that was opened.</param>
    public static IReadOnlyList<string> FilesOf(string path) => !Directory.Exists(path) ? [path] : [.. Arrays(path).Order(StringComparer.Ordinal)];

    /// <summary>A folder may hold other arrays than a model's: what is wrong with one is told where that one is wanted.</summary>
    private void Add(string name, string file)
    {
        if (_arrays.ContainsKey(name) || _problems.ContainsKey(name)) return;
        try
        {
            _arrays.Add(name, NpyFile.OpenHeld(file));
        }
        catch (DmlException problem)
        {
            _problems.Add(name, problem);
        }
    }

    /// <summary>Those of the folder itself first; deeper ones than the weights, where links may lead anywhere, are no arrays of a model.</summary>
    private static IEnumerable<string> Arrays(string path) => new[] { path, Path.Combine(path, Weights) }.Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*.npy").Order(StringComparer.Ordinal));
}
