using System.Text;

namespace Dml.Storage;

/// <summary>A field of a message of protocol buffers in a file. Only its tag was read; its content is read when it is asked for.</summary>
/// <param name="Source">The file.</param>
/// <param name="Number">Number of the field.</param>
/// <param name="Wire">How its value stands there.</param>
/// <param name="Value">The value of a <see cref="ProtoWire.Varint"/>; else 0.</param>
/// <param name="TagStart">First byte of the field with its tag.</param>
/// <param name="Start">First byte of its content.</param>
/// <param name="Length">Bytes of its content.</param>
internal readonly record struct ProtoField(ByteSource Source, int Number, ProtoWire Wire, ulong Value, long TagStart, long Start, long Length)
{
    private const int MostHeadBytes = 20;
    private const int LongestText = 1 << 20;

    /// <summary>The fields of a message, one after the other.</summary>
    /// <param name="source">The file.</param>
    public static IEnumerable<ProtoField> Of(ByteSource source) => Of(source, 0, source.Length);

    /// <summary>The fields of this field, which holds a message.</summary>
    /// <exception cref="DmlException">It holds none.</exception>
    public IEnumerable<ProtoField> Fields() => Wire == ProtoWire.Bytes ? Of(Source, Start, Length) : throw Damaged(Source, TagStart);

    /// <summary>The text that it holds.</summary>
    public string Text() => Wire == ProtoWire.Bytes && Length <= LongestText
        ? Encoding.UTF8.GetString(Source.Read(Start, (int)Length)) : throw Damaged(Source, TagStart);

    /// <summary>The field with its tag, byte for byte.</summary>
    public byte[] Raw() => Source.Read(TagStart, checked((int)(Start + Length - TagStart)));

    private static IEnumerable<ProtoField> Of(ByteSource source, long start, long length)
    {
        var end = start + length;
        for (var at = start; at < end;)
        {
            var field = ReadHead(source, at, end);
            yield return field;
            at = field.Start + field.Length;
        }
    }

    private static ProtoField ReadHead(ByteSource source, long at, long end)
    {
        Span<byte> head = stackalloc byte[(int)Math.Min(MostHeadBytes, end - at)];
        source.Read(at, head);
        var used = 0;
        var tag = Varint(head, ref used, source, at);
        var (number, wire) = ((int)Math.Min(tag >> 3, int.MaxValue), (ProtoWire)(tag & 7));
        if (number == 0) throw Damaged(source, at);
        var value = wire is ProtoWire.Varint or ProtoWire.Bytes ? Varint(head, ref used, source, at) : 0;
        var start = at + used;
        var length = wire switch
        {
            ProtoWire.Varint => 0,
            ProtoWire.Fixed64 => sizeof(long),
            ProtoWire.Fixed32 => sizeof(int),
            ProtoWire.Bytes when value <= (ulong)(end - start) => (long)value,
            _ => throw Damaged(source, at),
        };
        if (length > end - start) throw Damaged(source, at);
        return new(source, number, wire, wire == ProtoWire.Varint ? value : 0, at, start, length);
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int used, ByteSource source, long at)
    {
        var value = 0UL;
        for (var shift = 0; shift < 64 && used < bytes.Length; shift += 7)
        {
            var part = bytes[used++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }

        throw Damaged(source, at);
    }

    private static DmlException Damaged(ByteSource source, long at) =>
        new($"{source.Name}: expected a field of an ONNX model at byte {at}, found other bytes; the file is cut off, damaged or no ONNX model, get it again.");
}
