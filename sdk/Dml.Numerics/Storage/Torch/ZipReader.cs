using System.IO.Compression;

namespace Dml.Numerics.Storage.Torch;

/// <summary>A zip file as torch.save writes it: entries are stored, rarely deflated. Content is checked against its CRC-32 once, when it is first read.</summary>
/// <param name="source">The file.</param>
/// <param name="budget">Pays for what is unpacked.</param>
internal sealed class ZipReader(ByteSource source, ReadBudget budget)
{
    private readonly Dictionary<ZipEntry, ByteSource> _open = [];

    /// <summary>The entries by name.</summary>
    public IReadOnlyDictionary<string, ZipEntry> Entries { get; } = ZipDirectory.Read(source, budget);

    /// <summary>The content of an entry, checked.</summary>
    /// <param name="entry">One of <see cref="Entries"/>.</param>
    public ByteSource Open(ZipEntry entry)
    {
        if (_open.TryGetValue(entry, out var known)) return known;
        var content = source.Window(ZipDirectory.ContentStart(source, entry), entry.CompressedSize);
        if (entry.Deflated) content = ByteSource.OfBytes(Inflate(content, entry), source.Name);
        var checksum = new Crc32();
        content.Walk(0, content.Length, checksum.Add);

        // Zero is what torch writes where checksums are switched off.
        if (entry.Checksum != 0 && checksum.Value != entry.Checksum) throw ZipDirectory.Broken(source, $"\"{entry.Name}\" with checksum {entry.Checksum:X8}", $"{checksum.Value:X8}");
        return _open[entry] = content;
    }

    private byte[] Inflate(ByteSource packed, ZipEntry entry)
    {
        // Before any memory is taken: a small entry can claim to unpack to anything.
        budget.Spend(entry.Size + (Int128)entry.CompressedSize, $"\"{entry.Name}\" unpacked");
        using var input = new MemoryStream(packed.Read(0, (int)Math.Min(packed.Length, Array.MaxLength)));
        using var inflater = new DeflateStream(input, CompressionMode.Decompress);
        var content = new byte[Math.Min(entry.Size, Array.MaxLength)];
        try
        {
            var length = inflater.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            if (length == entry.Size && inflater.ReadByte() < 0) return content;
        }
        catch (InvalidDataException error)
        {
            throw new DmlException(ZipDirectory.Broken(source, $"\"{entry.Name}\" deflated", "something else").Message, error);
        }

        throw ZipDirectory.Broken(source, $"\"{entry.Name}\" to unpack to {entry.Size} bytes", "another length");
    }
}
