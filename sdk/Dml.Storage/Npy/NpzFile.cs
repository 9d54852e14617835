using Dml.Storage.Zip;

namespace Dml.Storage;

/// <summary>
/// An .npz file of NumPy: a zip file of .npy files, stored (<c>numpy.savez</c>) or deflated (<c>savez_compressed</c>). Each array is checked against its
/// CRC-32. Stored arrays stay in the file until they are read; deflated ones are unpacked into memory, large ones into a temporary file.
/// </summary>
internal sealed class NpzFile : IDisposable
{
    private const string Kind = "an .npz file";
    private const string Suffix = ".npy";

    /// <summary>Bytes of the largest deflated array that is unpacked into memory.</summary>
    private const long LargestInMemory = 256L << 20;

    private readonly ByteSource _source;
    private readonly List<ByteSource> _unpacked = [];
    private readonly ZipReader _zip;
    private readonly Dictionary<string, ZipEntry> _entries = new(StringComparer.Ordinal);

    private NpzFile(ByteSource source)
    {
        FileFormat.Require(source, Kind, FileFormat.Npz);
        _source = source;
        _zip = new(source, new ReadBudget(source.Name, source.Length));
        foreach (var (name, entry) in _zip.Entries)
        {
            // Folders, and what other programs put into a zip file, are no arrays.
            if (name.EndsWith(Suffix, StringComparison.Ordinal)) _entries[name[..^Suffix.Length]] = entry;
        }
    }

    /// <summary>Names of the arrays.</summary>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <summary>The first bytes of every file that is not empty.</summary>
    internal static ReadOnlySpan<byte> Magic => "PK"u8;

    /// <summary>Opens a file and keeps it open, so that every later read is of the same file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DmlException">It is missing, or no sound zip file.</exception>
    public static NpzFile Open(string path)
    {
        var source = ByteSource.OfHeldFile(path, Kind);
        try
        {
            return new(source);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Closes the file and removes what was unpacked.</summary>
    public void Dispose()
    {
        foreach (var file in _unpacked) file.Dispose();
        _source.Dispose();
    }

    internal static NpzFile Read(ByteSource source) => new(source);

    /// <summary>The bytes of an array's .npy file, checked against the checksum.</summary>
    /// <param name="name">One of <see cref="Names"/>, without <c>.npy</c>.</param>
    /// <returns>Not to be used once this is disposed of.</returns>
    /// <exception cref="DmlException">There is no such array, or it is not sound.</exception>
    public ByteSource Content(string name)
    {
        if (!_entries.TryGetValue(name, out var entry))
        {
            throw new DmlException(
                $"Expected an array \"{name}\" in {_source.Name}, found {string.Join(", ", Names.Order(StringComparer.Ordinal))}; add it to the file.");
        }

        if (!entry.Deflated || entry.Size <= LargestInMemory) return _zip.Open(entry).Named($"{_source.Name}, {entry.Name}");
        var unpacked = _zip.Unpack(entry).Named($"{_source.Name}, {entry.Name}");
        _unpacked.Add(unpacked);
        return unpacked;
    }
}
