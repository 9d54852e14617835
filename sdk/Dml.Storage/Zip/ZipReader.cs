using System.IO.Compression;

namespace Dml.Storage.Zip;

/// <summary>
/// A zip file as torch.save and numpy.savez write it: entries are stored or deflated. Content is checked against its CRC-32 once, when it is first read.
/// </summary>
internal sealed class ZipReader
{
    private readonly ByteSource _source;
    private readonly ReadBudget _budget;
    private readonly Dictionary<string, ByteSource> _content = new(StringComparer.Ordinal);
    private readonly HashSet<string> _checked = new(StringComparer.Ordinal);

    /// <summary>Reads the directory and compares it with the headers of all entries.</summary>
    /// <param name="source">The file.</param>
    /// <param name="budget">Pays for what is unpacked.</param>
    public ZipReader(ByteSource source, ReadBudget budget)
    {
        (_source, _budget) = (source, budget);
        Entries = ZipDirectory.Read(source, budget);
        foreach (var (name, entry) in Entries) _content[name] = source.Window(ZipDirectory.ContentStart(source, entry), entry.CompressedSize);
    }

    /// <summary>The entries by name.</summary>
    public IReadOnlyDictionary<string, ZipEntry> Entries { get; }

    /// <summary>The content of an entry, checked.</summary>
    /// <param name="entry">One of <see cref="Entries"/>.</param>
    public ByteSource Open(ZipEntry entry)
    {
        var content = _content[entry.Name];
        if (!_checked.Add(entry.Name)) return content;
        if (entry.Deflated) _content[entry.Name] = content = ByteSource.OfBytes(Inflate(content, entry), _source.Name);
        var checksum = new Crc32();
        content.Walk(0, content.Length, checksum.Add);

        // Zero is what torch writes where checksums are switched off.
        if (entry.Checksum == 0 || checksum.Value == entry.Checksum) return content;
        _checked.Remove(entry.Name);
        throw ZipDirectory.Broken(_source, $"\"{entry.Name}\" with checksum {entry.Checksum:X8}", $"{checksum.Value:X8}");
    }

    /// <summary>The content of a deflated entry, checked, in a temporary file that is gone when the source is closed.</summary>
    /// <param name="entry">One of <see cref="Entries"/>, deflated.</param>
    public ByteSource Unpack(ZipEntry entry)
    {
        _budget.Spend(entry.Size, $"\"{entry.Name}\" unpacked");
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using (var inflater = new DeflateStream(new SourceStream(_content[entry.Name]), CompressionMode.Decompress))
            using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write))
            {
                Copy(inflater, file, entry);
            }

            return ByteSource.OfHeldFile(path, "an unpacked array");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DmlException(
                $"Expected to unpack \"{entry.Name}\" of {_source.Name} ({entry.Size >> 20} MiB) into {Path.GetTempPath()}, but the system refused "
                    + $"({error.Message.TrimEnd('.')}); make room there, or save the array uncompressed.", error);
        }
        finally
        {
            // The open file outlives its name.
            File.Delete(path);
        }
    }

    private void Copy(DeflateStream from, FileStream to, ZipEntry entry)
    {
        var (checksum, left, buffer) = (new Crc32(), entry.Size, new byte[1 << 20]);
        try
        {
            for (int count; (count = from.Read(buffer)) > 0;)
            {
                if ((left -= count) < 0) break;
                checksum.Add(buffer.AsSpan(0, count));
                to.Write(buffer, 0, count);
            }
        }
        catch (InvalidDataException error)
        {
            throw new DmlException(ZipDirectory.Broken(_source, $"\"{entry.Name}\" deflated", "something else").Message, error);
        }

        if (left != 0) throw ZipDirectory.Broken(_source, $"\"{entry.Name}\" to unpack to {entry.Size} bytes", "another length");
        if (entry.Checksum != 0 && checksum.Value != entry.Checksum)
        {
            throw ZipDirectory.Broken(_source, $"\"{entry.Name}\" with checksum {entry.Checksum:X8}", $"{checksum.Value:X8}");
        }
    }

    private byte[] Inflate(ByteSource packed, ZipEntry entry)
    {
        // Before any memory is taken: a small entry can claim to unpack to anything.
        _budget.Spend(entry.Size + (Int128)entry.CompressedSize, $"\"{entry.Name}\" unpacked");
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
            throw new DmlException(ZipDirectory.Broken(_source, $"\"{entry.Name}\" deflated", "something else").Message, error);
        }

        throw ZipDirectory.Broken(_source, $"\"{entry.Name}\" to unpack to {entry.Size} bytes", "another length");
    }
}
