using System.Buffers.Binary;
using System.Text;

namespace Dml.Tests.Support;

/// <summary>Writes a pickle of protocol 2 opcode by opcode, numbering what is remembered as Python's pickler does.</summary>
internal sealed class PickleWriter
{
    private readonly List<byte> _written = [0x80, 2];
    private readonly Dictionary<string, int> _memo = new(StringComparer.Ordinal);
    private int _next;

    public PickleWriter Raw(params ReadOnlySpan<char> opcodes)
    {
        foreach (var opcode in opcodes) _written.Add((byte)opcode);
        return this;
    }

    /// <summary>Remembers the topmost value.</summary>
    public PickleWriter Put()
    {
        Reference('q', 'r', _next++);
        return this;
    }

    /// <summary>A text; the same memo name stands for the same object of Python, which is written once.</summary>
    public PickleWriter Text(string text, string? memo)
    {
        if (memo is not null && _memo.TryGetValue(memo, out var index)) return Get(index);
        var bytes = Encoding.UTF8.GetBytes(text);
        Raw('X').Write((uint)bytes.Length, 4);
        _written.AddRange(bytes);
        if (memo is not null) _memo[memo] = _next;
        return Put();
    }

    public PickleWriter Global(string module, string name)
    {
        var key = $"{module} {name}";
        if (_memo.TryGetValue(key, out var index)) return Get(index);
        _written.AddRange(Encoding.UTF8.GetBytes($"c{module}\n{name}\n"));
        _memo[key] = _next;
        return Put();
    }

    public PickleWriter Number(long value)
    {
        if (value is >= 0 and < 256) Raw('K').Write((ulong)value, 1);
        else if (value is >= 0 and < 65536) Raw('M').Write((ulong)value, 2);
        else if (value is >= int.MinValue and <= int.MaxValue) Raw('J').Write((uint)(int)value, 4);
        else Raw((char)0x8A, (char)8).Write((ulong)value, 8);
        return this;
    }

    public PickleWriter Tuple(params ReadOnlySpan<long> items)
    {
        if (items.Length == 0) return Raw(')');
        if (items.Length > 3) Raw('(');
        foreach (var item in items) Number(item);
        return Raw(items.Length > 3 ? 't' : (char)(0x84 + items.Length)).Put();
    }

    public byte[] Finish() => [.. _written, (byte)'.'];

    private PickleWriter Get(int index)
    {
        Reference('h', 'j', index);
        return this;
    }

    private void Reference(char narrow, char wide, int index)
    {
        if (index < 256) Raw(narrow).Write((ulong)index, 1);
        else Raw(wide).Write((ulong)index, 4);
    }

    private void Write(ulong value, int width)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        _written.AddRange(bytes[..width]);
    }
}
