using System.Text;

namespace Dml.Plugins;

/// <summary>
/// An array of a MAT file whose head was read and whose content comes next. Content is read in order, each child array to its end
/// before the next; there is no recursion, so no nesting of a file can exhaust the stack.
/// </summary>
internal sealed class MatArray
{
    private const int LongestName = 256;
    private const int MostDimensions = 32;
    private const int LongestText = 4096;
    private const int LongestFieldNames = 65536;
    private const uint ComplexFlag = 0x800;

    private static readonly Encoding Utf8 = new UTF8Encoding(false, throwOnInvalidBytes: true);
    private static readonly Encoding Utf16 = new UnicodeEncoding(bigEndian: false, false, throwOnInvalidBytes: true);
    private static readonly Encoding BigUtf16 = new UnicodeEncoding(bigEndian: true, false, throwOnInvalidBytes: true);
    private static readonly Encoding Utf32 = new UTF32Encoding(bigEndian: false, false, throwOnInvalidCharacters: true);
    private static readonly Encoding BigUtf32 = new UTF32Encoding(bigEndian: true, false, throwOnInvalidCharacters: true);

    private readonly MatSource _source;
    private readonly bool _complex;

    private MatArray(MatSource source, long start, long end)
    {
        (_source, Start, End) = (source, start, end);
        if (source.Position == end) return;
        Span<byte> flags = stackalloc byte[8];
        var tag = source.ReadTag(end);
        if (tag is not { Type: MatType.UInt32, Length: 8 }) throw source.Broken("the 8 bytes of an array's flags", $"{tag.Length} of type {(int)tag.Type}");
        source.Read(flags);
        var word = source.UInt32(flags);
        (Class, _complex) = ((MatClass)(word & 0xFF), (word & ComplexFlag) != 0);

        // What MATLAB keeps of its own objects has no dimensions; nobody reads it here.
        if (Class != MatClass.Opaque) ReadDimensions();
        Name = Encoding.UTF8.GetString(Bytes(LongestName, "an array's name", MatType.Int8, MatType.UInt8, MatType.Utf8));
    }

    /// <summary>Position of its data element.</summary>
    public long Start { get; }

    /// <summary>Position after it.</summary>
    public long End { get; }

    /// <summary>What it is; none for an array without content.</summary>
    public MatClass Class { get; }

    /// <summary>Its name; empty within another array.</summary>
    public string Name { get; } = "";

    /// <summary>Number of rows.</summary>
    public int Rows { get; private set; }

    /// <summary>Number of elements.</summary>
    public long Count { get; private set; }

    /// <summary>Reads the head of the array that stands here.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="limit">Where what holds it ends.</param>
    /// <exception cref="DmlException">There is no array.</exception>
    public static MatArray Read(MatSource source, long limit)
    {
        var start = source.Position;
        var tag = source.ReadTag(limit);
        return tag.Type == MatType.Matrix ? new(source, start, tag.Next) : throw source.BrokenAt(start, "an array", $"a data element of type {(int)tag.Type}");
    }

    /// <summary>The head of the next child of a cell array or a structure (element by element, within it field by field).</summary>
    public MatArray Child() => Read(_source, End);

    /// <summary>Names of a structure's fields.</summary>
    public IReadOnlyList<string> FieldNames()
    {
        Span<byte> number = stackalloc byte[4];
        var at = _source.Position;
        var bytes = Bytes(4, "the length of field names", MatType.Int32);
        bytes.CopyTo(number);
        var length = bytes.Length == 4 ? _source.UInt32(number) : 0;
        if (length is 0 or > LongestName) throw _source.BrokenAt(at, $"a length of field names from 1 to {LongestName}", $"{length}");
        var names = Bytes(LongestFieldNames, "field names", MatType.Int8, MatType.UInt8, MatType.Utf8);
        if (names.Length % length != 0) throw _source.BrokenAt(at, $"field names of {length} bytes each", $"{names.Length} bytes");
        return [.. names.Chunk((int)length)
            .Select(name => Encoding.UTF8.GetString(name.AsSpan().IndexOf((byte)0) is var end and >= 0 ? name.AsSpan(0, end) : name))];
    }

    /// <summary>Reads the content as one line of text.</summary>
    /// <param name="what">What it should be, for messages, such as "the name of class".</param>
    /// <param name="number">Completes it: which one.</param>
    public string Text(string what, int number)
    {
        if (Class != MatClass.Char || (Rows != 1 && Count > 0))
        {
            throw _source.BrokenAt(Start, $"{what} {number} as a line of text", $"{Rows} rows of class {(int)Class}");
        }

        if (Count > LongestText) throw _source.BrokenAt(Start, $"{what} {number} of at most {LongestText} characters", $"{Count}");
        var at = _source.Position;
        var tag = _source.ReadTag(End);
        var encoding = tag.Type switch
        {
            MatType.Utf8 => Utf8,
            MatType.UInt16 or MatType.Utf16 => _source.BigEndian ? BigUtf16 : Utf16,
            MatType.Utf32 => _source.BigEndian ? BigUtf32 : Utf32,
            MatType.Int8 or MatType.UInt8 => Encoding.Latin1,
            _ => throw _source.BrokenAt(at, $"{what} {number} stored as text", $"data of type {(int)tag.Type}"),
        };
        string text;
        try
        {
            text = encoding.GetString(Data(tag, 4 * LongestText));
        }
        catch (ArgumentException error)
        {
            throw _source.BrokenAt(at, $"{what} {number} in sound {encoding.WebName}", "other bytes", error);
        }

        // Writers count UTF-16 units or characters.
        return text.Length == Count || text.EnumerateRunes().Count() == Count
            ? text
            : throw _source.BrokenAt(at, $"{what} {number} of {Count} characters", $"{text.Length}");
    }

    /// <summary>Reads the content as one number.</summary>
    /// <param name="what">What it should be, for messages, such as "class of annotation".</param>
    /// <param name="number">Completes it: which one.</param>
    public double Number(string what, int number)
    {
        if (Class is < MatClass.Double or > MatClass.UInt64 || Count != 1 || _complex)
        {
            throw _source.BrokenAt(Start, $"{what} {number} as one number", $"{Count} values of class {(int)Class}");
        }

        var at = _source.Position;
        var tag = _source.ReadTag(End);
        return MatNumber.Read(tag.Type, Data(tag, 8), _source.BigEndian)
            ?? throw _source.BrokenAt(at, $"{what} {number} as one number", $"{tag.Length} bytes of type {(int)tag.Type}");
    }

    /// <summary>Goes to the end, past what was not read.</summary>
    public void Finish() => _source.SkipTo(End);

    /// <summary>An error of what this array holds.</summary>
    /// <param name="expected">What it should hold.</param>
    /// <param name="found">What it holds.</param>
    public DmlException Broken(string expected, string found) => _source.BrokenAt(Start, expected, found);

    private void ReadDimensions()
    {
        var at = _source.Position;
        var bytes = Bytes(4 * MostDimensions, "an array's dimensions", MatType.Int32);
        if (bytes.Length < 8 || bytes.Length % 4 != 0) throw _source.BrokenAt(at, $"2 to {MostDimensions} dimensions", $"{bytes.Length} bytes");
        Count = 1;
        for (var i = 0; i < bytes.Length; i += 4)
        {
            var size = _source.UInt32(bytes.AsSpan(i, 4));
            if (i == 0) Rows = (int)Math.Min(size, int.MaxValue);
            Count *= size;
            if (size > int.MaxValue || Count > int.MaxValue) throw _source.BrokenAt(at, $"an array of at most {int.MaxValue} elements", "more");
        }
    }

    private byte[] Bytes(int most, string what, params ReadOnlySpan<MatType> types)
    {
        var at = _source.Position;
        var tag = _source.ReadTag(End);
        return types.Contains(tag.Type) ? Data(tag, most) : throw _source.BrokenAt(at, what, $"a data element of type {(int)tag.Type}");
    }

    private byte[] Data(MatTag tag, int most)
    {
        if (tag.Length > most) throw _source.Broken($"at most {most} bytes of data", $"{tag.Length}");
        var bytes = new byte[tag.Length];
        _source.Read(bytes);
        _source.SkipTo(tag.Next);
        return bytes;
    }
}
