using System.Buffers.Binary;

namespace Dml.Plugins;

/// <summary>
/// Bytes that are read once, in order: the file's own, or those of a compressed variable as they are inflated. Nothing is kept, so a
/// small file that inflates to gigabytes costs no memory, and there is a limit to the work.
/// </summary>
/// <param name="stream">The bytes.</param>
/// <param name="path">The file, for messages.</param>
/// <param name="bigEndian">Byte order.</param>
/// <param name="start">Position of the first byte.</param>
/// <param name="end">Position that nothing may be read beyond.</param>
/// <param name="compressedAt">Byte of the file at which the compressed variable stands; null for the file itself.</param>
internal sealed class MatSource(Stream stream, string path, bool bigEndian, long start, long end, long? compressedAt)
{
    /// <summary>The file, for messages.</summary>
    public string File => path;

    /// <summary>Byte order of the file.</summary>
    public bool BigEndian => bigEndian;

    /// <summary>Position of the next byte: in the file, or in the inflated bytes of the compressed variable.</summary>
    public long Position { get; private set; } = start;

    /// <summary>Position that nothing may be read beyond.</summary>
    public long End => end;

    /// <summary>Reads the head of a data element.</summary>
    /// <param name="limit">Where the array that holds it ends.</param>
    /// <exception cref="DmlException">It does not fit into the array.</exception>
    public MatTag ReadTag(long limit)
    {
        if (limit - Position < 8) throw Broken("a data element", "the end of what should hold it");
        Span<byte> word = stackalloc byte[4];
        Read(word);
        var (type, length) = (UInt32(word), 0L);
        var next = Position + 4;
        if (type >> 16 != 0)
        {
            // A small element: length and type in one word, at most 4 bytes of data in the next.
            (type, length) = (type & 0xFFFF, type >> 16);
            if (length > 4) throw Broken("at most 4 bytes in a small data element", $"{length}");
        }
        else
        {
            Read(word);
            length = UInt32(word);
            if (length > limit - Position) throw Broken($"a data element within the {limit - Position} bytes that are left", $"one of {length} bytes");

            // Elements begin at multiples of 8, save those after a compressed one.
            next = Math.Min(limit, Position + ((MatType)type == MatType.Compressed ? length : (length + 7) / 8 * 8));
        }

        return new((MatType)type, length, next);
    }

    /// <summary>Reads bytes.</summary>
    /// <param name="target">Filled wholly.</param>
    /// <exception cref="DmlException">There are fewer, or they cannot be inflated.</exception>
    public void Read(Span<byte> target)
    {
        if (target.Length > end - Position) throw Broken($"{target.Length} more bytes", "the end");
        var read = TryRead(target);
        if (read < target.Length) throw Broken($"{target.Length} more bytes", $"{read}");
        Position += read;
    }

    /// <summary>Checks that nothing comes any more.</summary>
    /// <exception cref="DmlException">There are more bytes, or the checksum of a compressed variable is wrong.</exception>
    public void RequireEnd()
    {
        Span<byte> more = stackalloc byte[1];
        if (TryRead(more) > 0) throw Broken("the end", "more bytes");
    }

    /// <summary>Goes to a later position.</summary>
    /// <param name="position">The position.</param>
    /// <exception cref="DmlException">It was passed already, or lies beyond the end.</exception>
    public void SkipTo(long position)
    {
        if (position < Position) throw Broken($"an array that ends at byte {position}", "that its content goes on");
        Span<byte> passed = stackalloc byte[256];
        while (Position < position) Read(passed[..(int)Math.Min(passed.Length, position - Position)]);
    }

    /// <summary>A number of 32 bits in the file's byte order.</summary>
    /// <param name="bytes">4 bytes.</param>
    public uint UInt32(ReadOnlySpan<byte> bytes) => bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    /// <summary>An error at the current position.</summary>
    /// <param name="expected">What should be there.</param>
    /// <param name="found">What is there.</param>
    /// <param name="cause">What was caught, or null.</param>
    public DmlException Broken(string expected, string found, Exception? cause = null) => BrokenAt(Position, expected, found, cause);

    /// <summary>An error at some position.</summary>
    /// <param name="position">The position.</param>
    /// <param name="expected">What should be there.</param>
    /// <param name="found">What is there.</param>
    /// <param name="cause">What was caught, or null.</param>
    public DmlException BrokenAt(long position, string expected, string found, Exception? cause = null)
    {
        var where = compressedAt is { } at ? $"byte {position} of the inflated variable that byte {at} begins" : $"byte {position}";
        var message = $"{path}: expected {expected} at {where}, found {found}; fetch the file again.";
        return cause is null ? new(message) : new(message, cause);
    }

    private int TryRead(Span<byte> target)
    {
        try
        {
            return stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            throw Broken("data that can be inflated", $"that it is damaged ({error.Message.TrimEnd('.')})", error);
        }
    }
}
