using static TorchSharp.torch;

namespace Dml.Storage;

/// <summary>Place and form of one tensor in a safetensors file.</summary>
/// <param name="Dtype">Its dtype.</param>
/// <param name="Shape">Its shape; empty for a scalar.</param>
/// <param name="Start">First byte, counted from the start of the file.</param>
/// <param name="Length">Bytes.</param>
public sealed record SafeTensorEntry(ScalarType Dtype, IReadOnlyList<long> Shape, long Start, long Length) : TensorForm(Dtype, Shape);

/// <summary>
/// A safetensors file: 8 bytes of header length, a JSON header, raw little-endian data. The header is checked as a whole before any
/// tensor is read: shapes that fit their bytes, data without holes or overlaps up to the end of the file. Unsigned numbers of 16, 32 and
/// 64 bits are read as int32, int64 and int64. Tensors of dtypes that are not known (8-bit floats) are passed over; who asks for one is told.
/// </summary>
public sealed class SafeTensors
{
    internal const string MetadataKey = "__metadata__";

    private const string Kind = "a safetensors file";

    private readonly ByteSource _source;
    private readonly string? _path;
    private readonly SafeTensorsHeader _header;

    private SafeTensors(ByteSource source, string? path, SafeTensorsHeader header) => (_source, _path, _header) = (source, path, header);

    /// <summary>The file's path, or what else messages call it.</summary>
    internal string Name => _source.Name;

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafeTensorEntry> Entries => _header.Entries;

    /// <summary>The free texts of the header.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Tensors that are in the file and cannot be read: their names and dtypes.</summary>
    internal IReadOnlyDictionary<string, string> Unread => _header.Unread;

    /// <summary>Reads and checks the header.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DmlException">The file is missing or not a sound safetensors file.</exception>
    public static SafeTensors Open(string path) => Read(ByteSource.OfFile(path, Kind), path);

    /// <summary>Reads one tensor into memory, on the CPU.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="DmlException">There is no such tensor, or the file cannot be read.</exception>
    public Tensor Load(string name)
    {
        var entry = Entry(name);
        if (entry.Length == 0) return empty([.. entry.Shape], entry.Dtype);
        using var scope = NewDisposeScope();
        var values = TensorBytes.Read(_source, entry.Start, TensorForm.Count(entry.Shape), entry, bigEndian: false);
        return values.view([.. entry.Shape]).MoveToOuterDisposeScope();
    }

    /// <summary>Reads and checks the header and keeps the file open, so that every later read is of the same file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DmlException">As <see cref="Open"/>.</exception>
    /// <remarks>To be closed by <see cref="Close"/>.</remarks>
    internal static SafeTensors OpenHeld(string path) => Read(ByteSource.OfHeldFile(path, Kind), path);

    /// <summary>Closes the file that <see cref="OpenHeld"/> keeps open.</summary>
    internal void Close() => _source.Dispose();

    /// <summary>Reads rows of one tensor into memory, to the place within a cache line that they have in the file.</summary>
    /// <param name="name">Its name; of at least one dimension.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <exception cref="DmlException">There is no such tensor, or the file cannot be read or is shorter than its header says.</exception>
    internal Tensor LoadRows(string name, long first, long count)
    {
        var entry = Entry(name);
        return TensorBytes.ReadRows(_source, entry.Start, entry, first, count);
    }

    /// <summary>Reads single rows of one tensor into memory: its last dimension is a row, all others count rows.</summary>
    /// <param name="name">Its name; of at least one dimension.</param>
    /// <param name="rows">Which, in any order.</param>
    /// <exception cref="DmlException">There is no such tensor, or the file cannot be read or is shorter than its header says.</exception>
    internal Tensor Gather(string name, IReadOnlyList<long> rows)
    {
        var entry = Entry(name);
        return TensorBytes.Gather(_source, entry.Start, entry, rows);
    }

    /// <summary>
    /// A tensor whose values stay in the file: pages are read as they are needed and given back under pressure, so a file may be larger
    /// than memory. Where that is impossible, for an empty or unaligned tensor, it is read instead.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <returns>Never to be written to. Whoever shortens the file while it lives ends the process (SIGBUS); replacing it is harmless.</returns>
    /// <exception cref="DmlException">There is no such tensor, or the file cannot be read.</exception>
    public Tensor Map(string name)
    {
        var entry = Entry(name);
        if (_path is null || entry.Length == 0) return Load(name);
        return TensorBytes.Map(_path, entry.Start, entry) ?? Load(name);
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
            stream.Write(SafeTensorsHeader.Make([.. tensors.Select(t => (t.Name, new TensorForm(t.Tensor.dtype, t.Tensor.shape)))], metadata));
            foreach (var (_, tensor) in tensors) TensorBytes.Write(stream, tensor);
        });
    }

    /// <summary>Writes tensors that are never whole in memory, complete or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">Name, form, and values in row-major order, in pieces of any shape; each piece is freed once it is written.</param>
    /// <param name="metadata">Free texts, or null.</param>
    /// <exception cref="ArgumentException">The pieces do not fill a form.</exception>
    public static void Write(
        string path, IReadOnlyList<(string Name, TensorForm Form, IEnumerable<Tensor> Pieces)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(SafeTensorsHeader.Make([.. tensors.Select(t => (t.Name, t.Form))], metadata));
            foreach (var (name, form, pieces) in tensors)
            {
                var left = TensorForm.Count(form.Shape);
                foreach (var piece in pieces)
                {
                    if (piece.dtype != form.Dtype)
                    {
                        throw new ArgumentException($"Expected pieces of {form.Dtype} for \"{name}\", found {piece.dtype}.", nameof(tensors));
                    }

                    TensorBytes.Write(stream, piece);
                    left -= piece.numel();
                    piece.Dispose();
                }

                if (left != 0) throw new ArgumentException($"Expected {form} for \"{name}\", found {left} values too few.", nameof(tensors));
            }
        });
    }

    internal static SafeTensors Read(ByteSource source, string? path = null)
    {
        FileFormat.Require(source, Kind, FileFormat.SafeTensors);
        return new(source, path, SafeTensorsHeader.Read(source));
    }

    private SafeTensorEntry Entry(string name) => Entries.TryGetValue(name, out var entry) ? entry
        : Unread.TryGetValue(name, out var dtype) ? throw SafeTensorsHeader.NotRead(_source.Name, name, dtype)
        : throw new DmlException(
            $"Expected tensor \"{name}\" in {_source.Name}, found {string.Join(", ", Entries.Keys.Order(StringComparer.Ordinal))}; add it to the file.");
}
