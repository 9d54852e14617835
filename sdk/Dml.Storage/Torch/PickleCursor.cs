using System.Buffers.Binary;
using System.Text;

namespace Dml.Storage.Torch;

/// <summary>Reads a pickle byte by byte; knows where it is, for messages.</summary>
/// <param name="source">Holds the pickle.</param>
/// <param name="start">Its first byte there.</param>
/// <param name="place">What messages call it: "archive/data.pkl".</param>
internal sealed class PickleCursor(ByteSource source, long start, string place)
{
    private const int BufferSize = 1 << 14;
    private const int LongestLine = 1000;

    private readonly byte[] _buffer = new byte[(int)Math.Min(BufferSize, Math.Max(0, source.Length - start))];
    private long _bufferStart = start;
    private int _bufferLength;
    private int _at;

    /// <summary>The next byte's position in the source.</summary>
    public long Position => _bufferStart + _at;

    /// <summary>Where an opcode stands, in words.</summary>
    /// <param name="position">Its byte.</param>
    public string At(long position) => $"{source.Name}: byte {position}{(place.Length > 0 ? " of " + place : "")}";

    public byte ReadByte()
    {
        if (_at == _bufferLength) Fill();
        return _buffer[_at++];
    }

    public ushort ReadUInt16() => (ushort)(ReadByte() | (ReadByte() << 8));

    public uint ReadUInt32() => ReadUInt16() | ((uint)ReadUInt16() << 16);

    public ulong ReadUInt64() => ReadUInt32() | ((ulong)ReadUInt32() << 32);

    public double ReadDouble() => BitConverter.UInt64BitsToDouble(BinaryPrimitives.ReverseEndianness(ReadUInt64()));

    /// <summary>A block of bytes whose length stands in the pickle: checked against the file before memory is taken.</summary>
    /// <param name="length">The length as it stands there.</param>
    /// <param name="budget">Pays for it.</param>
    /// <param name="what">What it is, for messages.</param>
    public byte[] ReadBlock(ulong length, ReadBudget budget, string what)
    {
        if (length > (ulong)(source.Length - Position))
        {
            throw new DmlException($"{At(Position)}: expected {what} of {length} bytes, found {source.Length - Position} bytes to the end; "
                + "the file is cut off or damaged, get it again.");
        }

        budget.Spend(length, what);
        var bytes = source.Read(Position, (int)Math.Min(length, (ulong)Array.MaxLength));
        Skip(bytes.Length);
        return bytes;
    }

    /// <summary>A line of text, as the names of classes are written in old protocols.</summary>
    public string ReadLine()
    {
        var line = new StringBuilder();
        for (var next = ReadByte(); next != '\n'; next = ReadByte())
        {
            if (line.Length == LongestLine)
            {
                throw new DmlException(
                    $"{At(Position)}: expected a name of at most {LongestLine} bytes, found a longer one; the file is damaged, get it again.");
            }

            line.Append((char)next);
        }

        return line.ToString();
    }

    private void Skip(int count)
    {
        if (count <= _bufferLength - _at)
        {
            _at += count;
            return;
        }

        _bufferStart = Position + count;
        (_at, _bufferLength) = (0, 0);
    }

    private void Fill()
    {
        _bufferStart += _bufferLength;
        (_at, _bufferLength) = (0, 0);
        var count = (int)Math.Min(_buffer.Length, source.Length - _bufferStart);
        if (count <= 0)
        {
            throw new DmlException(
                $"{At(_bufferStart)}: expected the pickle to go on, found the end of the file; the file is cut off or damaged, get it again.");
        }

        source.Read(_bufferStart, _buffer.AsSpan(0, count));
        _bufferLength = count;
    }
}
