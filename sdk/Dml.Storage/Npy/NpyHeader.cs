using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using static TorchSharp.torch;

namespace Dml.Storage;

/// <summary>
/// The header of an .npy file: magic, version, length, and a Python dictionary literal with <c>descr</c>, <c>fortran_order</c> and
/// <c>shape</c>. The literal is parsed, never evaluated.
/// </summary>
/// <param name="Form">Number type and sizes.</param>
/// <param name="BigEndian">Whether the most significant byte comes first.</param>
/// <param name="FortranOrder">Whether the first index runs fastest.</param>
/// <param name="DataStart">First byte of the values.</param>
internal sealed record NpyHeader(TensorForm Form, bool BigEndian, bool FortranOrder, long DataStart)
{
    private const int LongestHeader = 1 << 16;
    private const int Alignment = 64;

    private static readonly (string Name, ScalarType Dtype)[] Types =
    [
        ("f8", ScalarType.Float64), ("f4", ScalarType.Float32), ("f2", ScalarType.Float16), ("i8", ScalarType.Int64), ("i4", ScalarType.Int32),
        ("i2", ScalarType.Int16),
        ("i1", ScalarType.Int8), ("u1", ScalarType.Byte), ("b1", ScalarType.Bool), ("c8", ScalarType.ComplexFloat32), ("c16", ScalarType.ComplexFloat64),
    ];

    private static readonly (string Name, int Size)[] Unsigned = [("u2", sizeof(ushort)), ("u4", sizeof(uint)), ("u8", sizeof(ulong))];

    /// <summary>Reads and checks the header; the values must fill the rest of the file.</summary>
    public static NpyHeader Read(ByteSource source)
    {
        var (descr, fortran, shape, dataStart) = ReadLiteral(source);
        var (form, bigEndian) = ParseType(source, descr, shape);
        var count = TensorForm.Count(shape);
        if (count < 0) throw Broken(source, dataStart, "sizes that can be", Tuple(shape));
        if ((Int128)count * form.StoredSize != source.Length - dataStart)
        {
            throw Broken(source, dataStart, $"{(Int128)count * form.StoredSize} bytes of {descr} {Tuple(shape)}", $"{source.Length - dataStart}");
        }

        return new(form, bigEndian, fortran, dataStart);
    }

    /// <summary>Reads what the header says, of numbers or of anything else.</summary>
    public static (string Descr, bool FortranOrder, long[] Shape, long DataStart) ReadLiteral(ByteSource source)
    {
        Span<byte> start = stackalloc byte[12];
        start = start[..(int)Math.Min(start.Length, source.Length)];
        source.Read(0, start);
        if (start.Length < 10 || !start.StartsWith(FileFormat.NpyStart)) throw Broken(source, 0, "the magic bytes of an .npy file", "others");
        if (start[6] is not (1 or 2 or 3)) throw Broken(source, 6, "version 1, 2 or 3", $"{start[6]}");
        var wide = start[6] > 1;
        if (wide && start.Length < 12) throw Broken(source, 8, "a header length", "the end of the file");
        var length = wide ? BinaryPrimitives.ReadUInt32LittleEndian(start[8..]) : BinaryPrimitives.ReadUInt16LittleEndian(start[8..]);
        var headerStart = wide ? 12 : 10;
        if (length > LongestHeader || length > source.Length - headerStart) throw Broken(source, 8, "a header inside the file", $"a header length of {length}");
        var bytes = source.Read(headerStart, (int)length);
        var (descr, fortran, shape) = new NpyLiteral(source, headerStart, Encoding.UTF8.GetString(bytes)).Read();
        return (descr, fortran, shape, headerStart + length);
    }

    /// <summary>The bytes of a version 1 header; the values start at a multiple of 64.</summary>
    /// <param name="dtype">Number type.</param>
    /// <param name="shape">Sizes.</param>
    /// <exception cref="DmlException">NumPy has no such number type.</exception>
    public static byte[] Make(ScalarType dtype, IReadOnlyList<long> shape)
    {
        var name = Types.FirstOrDefault(t => t.Dtype == dtype).Name
            ?? throw new DmlException($"Expected a number type that NumPy knows, found {dtype}; convert the tensor to float32.");
        var literal = $"{{'descr': '{(name.EndsWith('1') ? '|' : '<')}{name}', 'fortran_order': False, 'shape': {Tuple(shape)}, }}";
        var length = ((10 + literal.Length + 1 + Alignment - 1) / Alignment * Alignment) - 10;
        var header = new byte[10 + length];
        FileFormat.NpyStart.CopyTo(header);
        header[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)length);
        Encoding.ASCII.GetBytes(literal.PadRight(length - 1) + "\n", header.AsSpan(10));
        return header;
    }

    /// <summary>The message of a damaged file.</summary>
    public static DmlException Broken(ByteSource source, long at, string expected, string found) =>
        new($"{source.Name} is not a sound .npy file: byte {at}: expected {expected}, found {found}; save it again with numpy.save.");

    private static (TensorForm Form, bool BigEndian) ParseType(ByteSource source, string descr, long[] shape)
    {
        var name = descr.Length >= 3 && "<>|=".Contains(descr[0], StringComparison.Ordinal) ? descr[1..] : "";
        var bigEndian = descr.StartsWith('>');
        if (Array.Find(Types, t => t.Name == name) is { Name: not null } type) return (new(type.Dtype, shape), bigEndian);
        if (Array.Find(Unsigned, u => u.Name == name).Size is var size and > 0)
        {
            return (new(UnsignedNumbers.WiderThan(size), shape) { UnsignedSize = size }, bigEndian);
        }

        throw new DmlException(
            $"{source.Name}: expected an array of {string.Join(", ", Types.Select(t => t.Name).Concat(Unsigned.Select(u => u.Name)))}, "
                + $"found the type \"{descr}\"; {(descr == "|O" ? "save texts as numpy.array(list), numbers with astype" : "convert it with astype")}.");
    }

    private static string Tuple(IReadOnlyList<long> shape) => shape.Count == 1
        ? string.Create(CultureInfo.InvariantCulture, $"({shape[0]},)")
        : $"({string.Join(", ", shape.Select(s => s.ToString(CultureInfo.InvariantCulture)))})";
}
