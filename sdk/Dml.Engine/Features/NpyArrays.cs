using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Features;

/// <summary>
/// Arrays of NumPy: .npy files of a folder, or those of an .npz file. There may be others among them: what is wrong with one is told where that one is wanted.
/// </summary>
internal sealed class NpyArrays : FeatureArrays
{
    private readonly Dictionary<string, NpyFile> _arrays = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<string>> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DmlException> _problems = new(StringComparer.Ordinal);
    private readonly List<IDisposable> _held = [];

    private NpyArrays(IEnumerable<(string Name, Func<ByteSource> Open)> arrays, NpzFile? archive)
    {
        if (archive is not null) _held.Add(archive);
        foreach (var (name, open) in arrays) Add(name, open);
        Entries = _arrays.ToDictionary(a => a.Key, a => a.Value.Form, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorForm> Entries { get; }

    /// <inheritdoc/>
    public override IReadOnlyCollection<string> TextNames => _texts.Keys;

    /// <inheritdoc/>
    protected override IEnumerable<string> Unreadable => _problems.Keys;

    /// <summary>Each file is an array.</summary>
    /// <param name="files">.npy files, each of another name.</param>
    public static NpyArrays OfFiles(IEnumerable<string> files) =>
        new(files.Select(file => (Path.GetFileNameWithoutExtension(file), (Func<ByteSource>)(() => ByteSource.OfHeldFile(file, "an .npy file")))), null);

    /// <summary>The arrays of an .npz file.</summary>
    /// <param name="file">The file; handed over.</param>
    public static NpyArrays OfNpz(NpzFile file) => new(file.Names.Select(name => (name, (Func<ByteSource>)(() => file.Content(name)))), file);

    /// <inheritdoc/>
    public override DmlException? Unread(string name) => _problems.GetValueOrDefault(name);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Texts(string name) => _texts[name];

    /// <inheritdoc/>
    public override bool HasRows(string name) => _arrays[name].HasRows;

    /// <inheritdoc/>
    public override Tensor Rows(string name, long first, long count) => _arrays[name].LoadRows(first, count);

    /// <inheritdoc/>
    public override Tensor Gather(string name, IReadOnlyList<long> rows) => _arrays[name].Gather(rows);

    /// <inheritdoc/>
    public override Tensor Map(string name) => _arrays[name].Map();

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var file in _held) file.Dispose();
    }

    /// <inheritdoc/>
    protected override Tensor LoadWhole(string name) => _arrays[name].Load();

    private void Add(string name, Func<ByteSource> open)
    {
        try
        {
            var source = open();
            _held.Add(source);
            if (NpyText.TryRead(source) is { } texts) _texts[name] = texts;
            else _arrays[name] = NpyFile.Read(source, File.Exists(source.Name) ? source.Name : null);
        }
        catch (DmlException problem)
        {
            _problems[name] = problem;
        }
    }
}
