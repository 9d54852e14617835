using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Dml.Storage;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Storage;

/// <summary>Unsigned numbers of 16, 32 and 64 bits, which torch does not compute with, and dtypes that are not known.</summary>
public sealed class UnsignedNumbersTests
{
    private static readonly ulong[] Values = [0, 1, 32767, 32768, 65535, 40000, 2147483647, 2147483648, 4294967295, 4294967296, long.MaxValue];

    [Theory]
    [InlineData("U16", 2, ScalarType.Int32)]
    [InlineData("U32", 4, ScalarType.Int64)]
    [InlineData("U64", 8, ScalarType.Int64)]
    public void They_are_read_as_the_next_wider_signed_ones(string dtype, int size, ScalarType expected)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        ulong[] values = [.. Values.Where(v => size == 8 || v < 1UL << (8 * size))];
        long[] signed = [.. values.Select(v => (long)v)];
        var bytes = values.SelectMany(v => Bytes(v, size, bigEndian: false)).ToArray();
        File.WriteAllBytes(folder.File("x"), RawSafeTensors.Bytes(("before", "U8", [3], [1, 2, 3]), ("x", dtype, [values.Length], bytes)));
        var file = SafeTensors.OpenHeld(folder.File("x"));
        Assert.Equal(expected, file.Entries["x"].Dtype);
        foreach (var tensor in new[] { file.Load("x"), file.Map("x"), WeightsFile.Open(folder.File("x")).Load("x"), file.LoadRows("x", 0, values.Length) })
        {
            Assert.Equal((expected, signed), (tensor.dtype, Longs(tensor)), Same);
        }

        Assert.Equal(signed[1..4], Longs(file.LoadRows("x", 1, 3)));
    }

    [Theory]
    [InlineData("u2", 2, false, false)]
    [InlineData("u4", 4, true, false)]
    [InlineData("u8", 8, false, true)]
    [InlineData("u2", 2, true, true)]
    public void They_are_read_from_npy_files_of_either_order(string type, int size, bool bigEndian, bool fortran)
    {
        using var scope = NewDisposeScope();
        ulong[] values = [1, 2, 3, 65535, 65534, 40000];
        var header = $"{{'descr': '{(bigEndian ? '>' : '<')}{type}', 'fortran_order': {(fortran ? "True" : "False")}, 'shape': (2, 3), }}";
        byte[] file =
        [
            .. Encoding.Latin1.GetBytes("\u0093NUMPY\u0001\0"), 128, 0, .. Encoding.ASCII.GetBytes(header.PadRight(127) + "\n"),
            .. values.SelectMany(v => Bytes(v, size, bigEndian)),
        ];
        long[] expected = fortran ? [1, 3, 65534, 2, 65535, 40000] : [1, 2, 3, 65535, 65534, 40000];
        var tensor = WeightsFile.Read(file, "x.npy").Load(WeightsFile.ArrayName);
        Assert.Equal(expected, Longs(tensor));
        Assert.Equal([2, 3], tensor.shape);
    }

    [Fact]
    public void One_that_does_not_fit_into_64_bits_with_a_sign_is_refused_where_it_is_read()
    {
        var file = WeightsFile.Read(RawSafeTensors.Bytes(("x", "U64", [2], [.. Bytes(7, 8, false), .. Bytes(1UL << 63, 8, false)])), "x.safetensors");
        Assert.Equal(
            "x.safetensors: expected unsigned numbers below 2^63, found a larger one; save them as int64 or float64.",
            Assert.Throws<DmlException>(() => file.Load("x")).Message);
    }

    [Fact]
    public void A_dtype_that_is_not_known_is_passed_over_until_its_tensor_is_wanted()
    {
        using var scope = NewDisposeScope();
        var bytes = RawSafeTensors.Bytes(("a", "F8_E4M3", [3], [1, 2, 3]), ("b", "U8", [1], [9]), ("c", "F4", [2, 2], [1, 2]));
        var file = WeightsFile.Read(bytes, "x.safetensors");
        Assert.Equal(["b"], file.Tensors.Keys);
        Assert.Equal([9L], Longs(file.Load("b")));
        Assert.Equal(
            "x.safetensors: expected \"a\" in a dtype of F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL, U16, U32, U64, found F8_E4M3; convert it.",
            Assert.Throws<DmlException>(() => file.Load("a")).Message);
    }

    private static bool Same((ScalarType Dtype, long[] Values) one, (ScalarType Dtype, long[] Values) other) =>
        one.Dtype == other.Dtype && one.Values.SequenceEqual(other.Values);

    private static long[] Longs(Tensor tensor) => tensor.to(int64).contiguous().data<long>().ToArray();

    private static byte[] Bytes(ulong value, int size, bool bigEndian)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        if (bytes[size..].Any(b => b != 0)) throw new ArgumentException(value.ToString(CultureInfo.InvariantCulture));
        return bigEndian ? [.. bytes[..size].Reverse()] : bytes[..size];
    }
}
