using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Features;

/// <summary>The arrays of safetensors files; of several with one name that of the first file counts.</summary>
internal sealed class SafeTensorArrays : FeatureArrays
{
    private readonly IReadOnlyList<SafeTensors> _files;
    private readonly Dictionary<string, SafeTensors> _fileOf = new(StringComparer.Ordinal);

    /// <param name="files">Held open; closed with this.</param>
    public SafeTensorArrays(IReadOnlyList<SafeTensors> files)
    {
        _files = files;
        foreach (var file in files)
        {
            foreach (var name in file.Entries.Keys) _fileOf.TryAdd(name, file);
        }

        Entries = _fileOf.ToDictionary(f => f.Key, f => (TensorForm)f.Value.Entries[f.Key], StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorForm> Entries { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata => _files[0].Metadata;

    /// <inheritdoc/>
    protected override IEnumerable<string> Unreadable => _files.SelectMany(file => file.Unread.Keys).Where(name => !_fileOf.ContainsKey(name));

    /// <inheritdoc/>
    public override DmlException? Unread(string name) => !Unreadable.Contains(name) ? null
        : _files.First(file => file.Unread.ContainsKey(name)) is var unread ? SafeTensorsHeader.NotRead(unread.Name, name, unread.Unread[name]) : null;

    /// <inheritdoc/>
    public override bool HasRows(string name) => true;

    /// <inheritdoc/>
    public override Tensor Rows(string name, long first, long count) => _fileOf[name].LoadRows(name, first, count);

    /// <inheritdoc/>
    public override Tensor Gather(string name, IReadOnlyList<long> rows) => _fileOf[name].Gather(name, rows);

    /// <inheritdoc/>
    public override Tensor Map(string name) => _fileOf[name].Map(name);

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var file in _files) file.Close();
    }

    /// <inheritdoc/>
    protected override Tensor LoadWhole(string name) => _fileOf[name].Load(name);
}
