using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Dml.Tests.Datasets;

/// <summary>Writes MAT files of version 5 element by element, in either byte order, sound or not.</summary>
internal sealed class MatWriter(bool bigEndian = false)
{
    public const int Int8 = 1, UInt8 = 2, Int16 =
        3, UInt16 = 4, Int32 = 5, UInt32 = 6, Single = 7, Double = 9, Int64 = 12, UInt64 = 13, Matrix = 14, Compressed = 15, Utf8 = 16, Utf16 = 17, Utf32 = 18;
    public const int CellClass = 1, StructClass = 2, CharClass = 4, DoubleClass = 6, UInt16Class = 11;

    public byte[] File(params byte[][] variables)
    {
        var header = new byte[128];
        header.AsSpan(0, 116).Fill((byte)' ');
        Encoding.ASCII.GetBytes("MATLAB 5.0 MAT-file").CopyTo(header, 0);
        header[bigEndian ? 124 : 125] = 1;
        Encoding.ASCII.GetBytes(bigEndian ? "MI" : "IM").CopyTo(header, 126);
        return Join([header, .. variables]);
    }

    /// <summary>A data element, in the small form where the data fits into it.</summary>
    public byte[] Element(int type, byte[] data, bool small = false)
    {
        if (small) return Join(Word((uint)(type | (data.Length << 16))), data, new byte[4 - data.Length]);
        return Join(Word((uint)type), Word((uint)data.Length), data, new byte[type == Compressed ? 0 : (8 - (data.Length % 8)) % 8]);
    }

    public byte[] Array(int arrayClass, int[] dimensions, string name, params byte[][] content) => Element(Matrix, Join([
        Element(UInt32, [.. Word((uint)arrayClass), .. Word(0)]), Element(Int32, [.. dimensions.SelectMany(d => Word((uint)d))]),
        Element(Int8, Encoding.ASCII.GetBytes(name), small: name.Length is > 0 and <= 4), .. content]));

    /// <summary>A structure array of one row; the values come image by image and within it field by field.</summary>
    public byte[] Struct(string name, string[] fields, params byte[][] values)
    {
        var length = fields.Max(f => f.Length) + 1;
        byte[] names = [.. fields.SelectMany(f => Encoding.ASCII.GetBytes(f.PadRight(length, '\0')))];
        return Array(StructClass, [1, values.Length / fields.Length], name, [Element(Int32, Word((uint)length), small: true), Element(Int8, names), .. values]);
    }

    public byte[] Cell(string name, params byte[][] values) => Array(CellClass, [1, values.Length], name, values);

    public byte[] Text(string text, int type = Utf8)
    {
        byte[] bytes = type switch
        {
            Utf8 => Encoding.UTF8.GetBytes(text),
            UInt16 or Utf16 => (bigEndian ? Encoding.BigEndianUnicode : Encoding.Unicode).GetBytes(text),
            Utf32 => new UTF32Encoding(bigEndian, false).GetBytes(text),
            _ => Encoding.Latin1.GetBytes(text),
        };
        return Array(CharClass, [1, text.Length], "", Element(type, bytes, small: bytes.Length is > 0 and <= 4));
    }

    public byte[] Number(double value, int type = UInt8, int arrayClass = DoubleClass)
    {
        byte[] bytes = type switch
        {
            Int8 or UInt8 => [(byte)value],
            Int16 or UInt16 => BitConverter.GetBytes((short)value),
            Int32 or UInt32 => BitConverter.GetBytes((int)value),
            Int64 or UInt64 => BitConverter.GetBytes((long)value),
            Single => BitConverter.GetBytes((float)value),
            _ => BitConverter.GetBytes(value),
        };
        if (bigEndian) System.Array.Reverse(bytes);
        return Array(arrayClass, [1, 1], "", Element(type, bytes, small: bytes.Length <= 4));
    }

    public byte[] Compress(byte[] element)
    {
        using var stream = new MemoryStream();
        using (var zlib = new ZLibStream(stream, CompressionLevel.Fastest)) zlib.Write(element);
        return Element(Compressed, stream.ToArray());
    }

    /// <summary>A small file of two classes with two images each.</summary>
    public byte[][] TwoClasses(int textType = Utf8, int numberType = UInt8)
    {
        byte[][] values = [.. CarsTree.Paths.Index()
            .SelectMany(p => new[] { Number(1, Double), Text(p.Item, textType), Number(1 + (p.Index / 2), numberType), Number(7) })];
        return
        [
            Struct("annotations", ["test", "relative_im_path", "class", "bbox"], values),
            Cell("class_names", Text("Audi", textType), Text("Fiat 500", textType)),
        ];
    }

    private static byte[] Join(params byte[][] parts)
    {
        var bytes = new byte[parts.Sum(p => p.Length)];
        var at = 0;
        foreach (var part in parts)
        {
            part.CopyTo(bytes, at);
            at += part.Length;
        }

        return bytes;
    }

    private byte[] Word(uint value)
    {
        var bytes = new byte[4];
        if (bigEndian) BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        else BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }
}
