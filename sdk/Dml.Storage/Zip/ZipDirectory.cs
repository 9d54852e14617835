using System.Buffers.Binary;
using System.Text;

namespace Dml.Storage.Zip;

/// <summary>The central directory of a zip file, also of the 64-bit form. Spanned and encrypted files are refused.</summary>
internal static class ZipDirectory
{
    private const uint EndSignature = 0x06054B50;
    private const uint End64Signature = 0x06064B50;
    private const uint Locator64Signature = 0x07064B50;
    private const uint EntrySignature = 0x02014B50;
    private const int EndSize = 22;
    private const int Locator64Size = 20;
    private const int End64Size = 56;
    private const int EntrySize = 46;
    private const int LongestComment = ushort.MaxValue;

    /// <summary>Lists the entries by name.</summary>
    /// <param name="source">The file.</param>
    /// <param name="budget">Pays for the list.</param>
    public static Dictionary<string, ZipEntry> Read(ByteSource source, ReadBudget budget)
    {
        var (start, size, count) = FindDirectory(source);
        if (start < 0 || size < 0 || start > source.Length - size || count < 0 || count > size / EntrySize)
        {
            throw Broken(source, $"a directory of {count} entries in {size} bytes at byte {start} inside the file", $"{source.Length} bytes");
        }

        budget.Spend(size + (160 * (Int128)count), "the zip directory");
        var directory = source.Read(start, (int)Math.Min(size, Array.MaxLength));
        var entries = new Dictionary<string, ZipEntry>((int)count, StringComparer.Ordinal);
        var at = 0;
        for (var i = 0L; i < count; i++)
        {
            var entry = ReadEntry(source, directory.AsSpan(at), out var length);
            if (!entries.TryAdd(entry.Name, entry)) throw Broken(source, "each entry once", $"\"{entry.Name}\" twice");
            at += length;
        }

        return entries;
    }

    /// <summary>Where the content of an entry starts in the file, by its local header, which must agree on the name.</summary>
    public static long ContentStart(ByteSource source, ZipEntry entry)
    {
        Span<byte> header = stackalloc byte[30];
        source.Read(entry.HeaderStart, header);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != 0x04034B50)
        {
            throw Broken(source, $"the entry \"{entry.Name}\" at byte {entry.HeaderStart}", "something else");
        }

        var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[26..]);
        var name = Encoding.UTF8.GetString(source.Read(entry.HeaderStart + header.Length, nameLength));
        if (name != entry.Name) throw Broken(source, $"the entry \"{entry.Name}\" at byte {entry.HeaderStart}", "one of another name");
        var start = entry.HeaderStart + header.Length + nameLength + BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        return start <= source.Length - entry.CompressedSize
            ? start
            : throw Broken(source, $"{entry.CompressedSize} bytes of \"{entry.Name}\" at byte {start}", $"the end at byte {source.Length}");
    }

    /// <summary>The message of a damaged file.</summary>
    public static DmlException Broken(ByteSource source, string expected, string found) =>
        new($"{source.Name} is not a sound zip file: expected {expected}, found {found}; get it again.");

    private static (long Start, long Size, long Count) FindDirectory(ByteSource source)
    {
        if (source.Length < EndSize) throw Broken(source, $"at least {EndSize} bytes", $"{source.Length}");
        var tailStart = Math.Max(0, source.Length - EndSize - LongestComment);
        var tail = source.Read(tailStart, (int)(source.Length - tailStart));
        for (var at = tail.Length - EndSize; at >= 0; at--)
        {
            var end = tail.AsSpan(at);
            if (BinaryPrimitives.ReadUInt32LittleEndian(end) != EndSignature || BinaryPrimitives.ReadUInt16LittleEndian(end[20..]) != end.Length - EndSize)
            {
                continue;
            }

            return Find64(source, tailStart + at) ?? (
                BinaryPrimitives.ReadUInt32LittleEndian(end[16..]), BinaryPrimitives.ReadUInt32LittleEndian(end[12..]),
                BinaryPrimitives.ReadUInt16LittleEndian(end[10..]));
        }

        throw Broken(source, "a zip directory at the end of the file", "none (the file may be cut off)");
    }

    private static (long Start, long Size, long Count)? Find64(ByteSource source, long endStart)
    {
        if (endStart < Locator64Size) return null;
        Span<byte> locator = stackalloc byte[Locator64Size];
        source.Read(endStart - Locator64Size, locator);
        if (BinaryPrimitives.ReadUInt32LittleEndian(locator) != Locator64Signature) return null;
        Span<byte> end = stackalloc byte[End64Size];
        source.Read(BinaryPrimitives.ReadInt64LittleEndian(locator[8..]), end);
        if (BinaryPrimitives.ReadUInt32LittleEndian(end) != End64Signature)
        {
            throw Broken(source, "the 64-bit end of the zip directory where its locator points", "something else");
        }

        return (
            BinaryPrimitives.ReadInt64LittleEndian(end[48..]), BinaryPrimitives.ReadInt64LittleEndian(end[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(end[32..]));
    }

    private static ZipEntry ReadEntry(ByteSource source, ReadOnlySpan<byte> record, out int length)
    {
        if (record.Length < EntrySize || BinaryPrimitives.ReadUInt32LittleEndian(record) != EntrySignature)
        {
            throw Broken(source, "an entry of the zip directory", "something else");
        }

        var flags = BinaryPrimitives.ReadUInt16LittleEndian(record[8..]);
        var method = BinaryPrimitives.ReadUInt16LittleEndian(record[10..]);
        var (nameLength, extraLength) = (BinaryPrimitives.ReadUInt16LittleEndian(record[28..]), BinaryPrimitives.ReadUInt16LittleEndian(record[30..]));
        length = EntrySize + nameLength + extraLength + BinaryPrimitives.ReadUInt16LittleEndian(record[32..]);
        if (record.Length < length) throw Broken(source, $"an entry of {length} bytes in the zip directory", $"{record.Length}");
        var name = Encoding.UTF8.GetString(record.Slice(EntrySize, nameLength));
        if ((flags & 1) != 0 || method is not (0 or 8))
        {
            throw Broken(source, $"\"{name}\" stored or deflated", (flags & 1) != 0 ? "it encrypted" : $"compression method {method}");
        }

        long size = BinaryPrimitives.ReadUInt32LittleEndian(record[24..]);
        long compressed = BinaryPrimitives.ReadUInt32LittleEndian(record[20..]);
        long start = BinaryPrimitives.ReadUInt32LittleEndian(record[42..]);
        Widen(source, record.Slice(EntrySize + nameLength, extraLength), ref size, ref compressed, ref start);
        if (size < 0 || compressed < 0 || start < 0 || start > source.Length || compressed > source.Length || (method == 0 && size != compressed))
        {
            throw Broken(source, $"\"{name}\" inside the file", $"{compressed} bytes at byte {start} for {size}");
        }

        return new(name, method == 8, BinaryPrimitives.ReadUInt32LittleEndian(record[16..]), compressed, size, start);
    }

    /// <summary>Fields that are all ones stand in the extra field of the 64-bit form, in this order.</summary>
    private static void Widen(ByteSource source, ReadOnlySpan<byte> extra, ref long size, ref long compressed, ref long start)
    {
        while (extra.Length >= 4)
        {
            var (kind, length) = (BinaryPrimitives.ReadUInt16LittleEndian(extra), BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]));
            if (length > extra.Length - 4) return;
            if (kind == 1)
            {
                var fields = extra.Slice(4, length);
                Take(source, ref fields, ref size);
                Take(source, ref fields, ref compressed);
                Take(source, ref fields, ref start);
                return;
            }

            extra = extra[(4 + length)..];
        }
    }

    private static void Take(ByteSource source, ref ReadOnlySpan<byte> fields, ref long value)
    {
        if (value != uint.MaxValue) return;
        if (fields.Length < 8) throw Broken(source, "64-bit sizes in the zip directory", $"{fields.Length} bytes");
        value = BinaryPrimitives.ReadInt64LittleEndian(fields);
        fields = fields[8..];
    }
}
