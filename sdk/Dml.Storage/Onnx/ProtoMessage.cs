using System.Buffers.Binary;
using System.Text;

namespace Dml.Storage;

/// <summary>A message of protocol buffers that is being written. Long pieces are kept where they are and copied once, to the file.</summary>
internal sealed class ProtoMessage
{
    private const int MostVarintBytes = 10;
    private readonly List<ReadOnlyMemory<byte>> _pieces = [];

    /// <summary>Bytes so far.</summary>
    public long Length { get; private set; }

    /// <summary>Adds a whole number.</summary>
    /// <param name="field">Number of the field.</param>
    /// <param name="value">The number.</param>
    public void Add(int field, long value)
    {
        Tag(field, ProtoWire.Varint);
        Varint((ulong)value);
    }

    /// <summary>Adds a float32.</summary>
    /// <param name="field">Number of the field.</param>
    /// <param name="value">The number.</param>
    public void Add(int field, float value)
    {
        Tag(field, ProtoWire.Fixed32);
        var bytes = new byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        Raw(bytes);
    }

    /// <summary>Adds a text.</summary>
    /// <param name="field">Number of the field.</param>
    /// <param name="text">The text.</param>
    public void Add(int field, string text) => Add(field, Encoding.UTF8.GetBytes(text));

    /// <summary>Adds bytes.</summary>
    /// <param name="field">Number of the field.</param>
    /// <param name="bytes">Kept, not copied.</param>
    public void Add(int field, ReadOnlyMemory<byte> bytes)
    {
        Tag(field, ProtoWire.Bytes);
        Varint((ulong)bytes.Length);
        Raw(bytes);
    }

    /// <summary>Adds a message within this one, as it is now.</summary>
    /// <param name="field">Number of the field.</param>
    /// <param name="message">The message.</param>
    public void Add(int field, ProtoMessage message)
    {
        Tag(field, ProtoWire.Bytes);
        Varint((ulong)message.Length);
        _pieces.AddRange(message._pieces);
        Length += message.Length;
    }

    /// <summary>Adds a field that another message had, with its tag.</summary>
    /// <param name="field">Its bytes; kept, not copied.</param>
    public void Raw(ReadOnlyMemory<byte> field)
    {
        _pieces.Add(field);
        Length += field.Length;
    }

    /// <summary>Writes all of it.</summary>
    /// <param name="target">Where to.</param>
    public void WriteTo(Stream target)
    {
        foreach (var piece in _pieces) target.Write(piece.Span);
    }

    private void Tag(int field, ProtoWire wire) => Varint(((ulong)field << 3) | (uint)wire);

    private void Varint(ulong value)
    {
        Span<byte> bytes = stackalloc byte[MostVarintBytes];
        var count = 0;
        for (; value >= 0x80; value >>= 7) bytes[count++] = (byte)(value | 0x80);
        bytes[count++] = (byte)value;
        Raw(bytes[..count].ToArray());
    }
}
