using static TorchSharp.torch;

namespace Dml.Numerics.Storage;

/// <summary>Place and form of one tensor in a safetensors file.</summary>
/// <param name="Dtype">Its dtype.</param>
/// <param name="Shape">Its shape; empty for a scalar.</param>
/// <param name="Start">First byte, counted from the start of the file.</param>
/// <param name="Length">Bytes.</param>
public sealed record SafeTensorEntry(ScalarType Dtype, IReadOnlyList<long> Shape, long Start, long Length) : TensorForm(Dtype, Shape);

/// <summary>
/// A safetensors file: 8 bytes of header length, a JSON header, raw little-endian data. The header is checked as a whole before any
/// tensor is read: known dtypes, shapes that fit their bytes, data without holes or overlaps up to the end of the file.
/// </summary>
public sealed class SafeTensors
{
    internal const string MetadataKey = "__metadata__";

    private readonly ByteSource _source;

    private SafeTensors(ByteSource source, IReadOnlyDictionary<string, SafeTensorEntry> entries, IReadOnlyDictionary<string, string> metadata) =>
        (_source, Entries, Metadata) = (source, entries, metadata);

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafeTensorEntry> Entries { get; }

    /// <summary>The free texts of the header.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Reads and checks the header.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DmlException">The file is missing or not a sound safetensors file.</exception>
    public static SafeTensors Open(string path) => Read(ByteSource.OfFile(path, "a safetensors file"));

    /// <summary>Reads one tensor into memory, on the CPU.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="DmlException">There is no such tensor, or the file cannot be read.</exception>
    public Tensor Load(string name)
    {
        if (!Entries.TryGetValue(name, out var entry))
        {
            throw new DmlException($"Expected tensor \"{name}\" in {_source.Name}, found {string.Join(", ", Entries.Keys.Order(StringComparer.Ordinal))}; add it to the file.");
        }

        if (entry.Length == 0) return empty([.. entry.Shape], entry.Dtype);
        using var scope = NewDisposeScope();
        var values = TensorBytes.Read(_source, entry.Start, TensorForm.Count(entry.Shape), entry.Dtype, bigEndian: false);
        return values.view([.. entry.Shape]).MoveToOuterDisposeScope();
    }

    /// <summary>Writes tensors, complete or not at all. Same tensors and metadata, same bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">Name and tensor, written in this order.</param>
    /// <param name="metadata">Free texts, or null.</param>
    public static void Write(string path, IReadOnlyList<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(SafeTensorsHeader.Make(tensors, metadata));
            foreach (var (_, tensor) in tensors) TensorBytes.Write(stream, tensor);
        });
    }

    internal static SafeTensors Read(ByteSource source)
    {
        var (entries, metadata) = SafeTensorsHeader.Read(source);
        return new(source, entries, metadata);
    }
}
