using System.IO.Compression;
using Dml.Storage;

namespace Dml.Plugins;

/// <summary>The variables of a MAT file of version 5 (MATLAB's formats -v6 and -v7; the published MAT-File Format, R2024b), one after the other.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="bytes">The whole file.</param>
internal sealed class MatFile(string path, byte[] bytes)
{
    private const int HeaderLength = 128;
    private const long LargestFile = 256L << 20;
    private const byte ZlibDeflate = 8;

    // Real files inflate to a tenth of this; what is kept of the inflated bytes is small beside the file itself plus this.
    private long _inflatable = (16L << 20) + (2L * bytes.Length);

    /// <summary>The file, for messages.</summary>
    public string Path => path;

    /// <summary>Reads a file into memory.</summary>
    /// <param name="path">Absolute path.</param>
    /// <exception cref="DmlException">It is missing, unreadable or larger than any annotation file.</exception>
    public static MatFile Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new DmlException($"dataset.root: expected the annotations of Stanford Cars, found no file {path}; "
                + "correct the path (relative paths start at the config file) or fetch the dataset.");
        }

        try
        {
            if (new FileInfo(path).Length is > LargestFile and var length)
            {
                throw new DmlException($"{path}: expected a MAT file of at most {LargestFile} bytes, found {length}; fetch the file again.");
            }

            return new(path, InputFile.ReadBytes(path, LargestFile));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DmlException($"dataset.root: expected to read {path}, but the system refused ({e.Message.TrimEnd('.')}); give read access.", e);
        }
    }

    /// <summary>Hands each variable, its head read, to an action that reads as much of it as it wants.</summary>
    /// <param name="visit">The action.</param>
    /// <exception cref="DmlException">The file is damaged or of another kind.</exception>
    public void Visit(Action<MatArray> visit)
    {
        var bigEndian = ReadHeader();
        for (long at = HeaderLength; at < bytes.Length;)
        {
            var source = new MatSource(Part(at, bytes.Length), path, bigEndian, at, bytes.Length, null);
            var tag = source.ReadTag(bytes.Length);
            if (tag.Type == MatType.Compressed)
            {
                VisitCompressed(at, source.Position, tag.Length, bigEndian, visit);
            }
            else
            {
                source = new MatSource(Part(at, tag.Next), path, bigEndian, at, tag.Next, null);
                visit(MatArray.Read(source, tag.Next));
            }

            at = tag.Next;
        }
    }

    private void VisitCompressed(long at, long start, long length, bool bigEndian, Action<MatArray> visit)
    {
        // Checked here, because the stream takes what is no zlib data for other forms.
        if (length < 2 || (bytes[start] & 0xF) != ZlibDeflate || ((bytes[start] << 8) | bytes[start + 1]) % 31 != 0)
        {
            throw new DmlException($"{path}: expected zlib data at byte {start}, found something else; fetch the file again.");
        }

        using var inflated = new ZLibStream(Part(start, start + length), CompressionMode.Decompress);
        using var buffered = new BufferedStream(inflated, 16384);
        var source = new MatSource(buffered, path, bigEndian, 0, _inflatable, at);
        var variable = MatArray.Read(source, _inflatable);
        visit(variable);

        // The checksum stands at the end, so it is checked where all was read.
        if (source.Position == variable.End) source.RequireEnd();
        _inflatable -= source.Position;
    }

    private MemoryStream Part(long start, long end) => new(bytes, (int)start, (int)(end - start), writable: false);

    /// <summary>Checks the header and returns the byte order.</summary>
    private bool ReadHeader()
    {
        if (bytes.Length < HeaderLength) throw Other($"the {HeaderLength} bytes of a MAT header", $"a file of {bytes.Length} bytes");
        ReadOnlySpan<byte> version = bytes.AsSpan(124, 2), order = bytes.AsSpan(126, 2);
        var bigEndian = order.SequenceEqual("MI"u8);
        if (!bigEndian && !order.SequenceEqual("IM"u8))
        {
            throw Other("the mark IM or MI of a MAT file of version 5 at byte 126", $"0x{order[0]:X2} 0x{order[1]:X2}");
        }

        return version[bigEndian ? 0 : 1] switch
        {
            1 => bigEndian,
            2 => throw Other("a MAT file of version 5", "one of version 7.3"),
            var other => throw Other("version 1 of the MAT header at byte 124", $"version {other}"),
        };
    }

    private DmlException Other(string expected, string found) =>
        new($"{path}: expected {expected}, found {found}; fetch the file again, or save it in MATLAB with -v7.");
}
