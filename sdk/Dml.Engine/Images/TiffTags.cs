using System.Buffers.Binary;

namespace Dml.Engine.Images;

/// <summary>The tags of the first directory of a TIFF file or of a block of EXIF, which is one (TIFF 6.0, section 2). What is damaged has no tags.</summary>
internal readonly ref struct TiffTags
{
    private const int EntryLength = 12;
    private const int ShortType = 3;
    private const int LongType = 4;

    /// <summary>Bytes of a value of each type; 0 for types that there are none of.</summary>
    private static readonly byte[] SizeOfType = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

    private readonly ReadOnlySpan<byte> _entries;
    private readonly bool _bigEndian;

    private TiffTags(ReadOnlySpan<byte> entries, bool bigEndian)
    {
        _entries = entries;
        _bigEndian = bigEndian;
    }

    /// <summary>Finds the directory.</summary>
    /// <param name="file">From the byte order ("II" or "MM") on.</param>
    public static TiffTags Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < 8 || !(file.StartsWith("II"u8) || file.StartsWith("MM"u8))) return default;
        var bigEndian = file[0] == (byte)'M';
        var start = Number(file[4..], 4, bigEndian);
        if (start > file.Length - 2) return default;
        var (count, rest) = (Number(file[(int)start..], 2, bigEndian), file.Length - (int)start - 2);
        return new(file.Slice((int)start + 2, (int)Math.Min(count, rest / EntryLength) * EntryLength), bigEndian);
    }

    /// <summary>The first value of a tag of whole numbers, or null where there is none.</summary>
    /// <param name="tag">The tag.</param>
    public uint? Value(int tag)
    {
        for (var rest = _entries; rest.Length > 0; rest = rest[EntryLength..])
        {
            if (Number(rest, 2, _bigEndian) != tag) continue;
            return Number(rest[2..], 2, _bigEndian) switch
            {
                ShortType => Number(rest[8..], 2, _bigEndian),
                LongType => Number(rest[8..], 4, _bigEndian),
                _ => null,
            };
        }

        return null;
    }

    /// <summary>Whether the values of every tag fit into a file.</summary>
    /// <param name="length">Bytes of the file.</param>
    public bool FitInto(long length)
    {
        for (var rest = _entries; rest.Length > 0; rest = rest[EntryLength..])
        {
            var (type, count) = (Number(rest[2..], 2, _bigEndian), Number(rest[4..], 4, _bigEndian));
            if (type < SizeOfType.Length && (long)count * SizeOfType[type] > length) return false;
        }

        return true;
    }

    private static uint Number(ReadOnlySpan<byte> bytes, int size, bool bigEndian) => (size, bigEndian) switch
    {
        (2, true) => BinaryPrimitives.ReadUInt16BigEndian(bytes),
        (2, false) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        (_, true) => BinaryPrimitives.ReadUInt32BigEndian(bytes),
        _ => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
    };
}
