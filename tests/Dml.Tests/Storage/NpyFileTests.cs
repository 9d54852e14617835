using System.Buffers.Binary;
using System.Text;
using Dml.Storage;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Storage;

public sealed class NpyFileTests
{
    [Theory]
    [InlineData("v1.npy", ScalarType.Float32, new long[] { 2, 3 }, new double[] { 0, 1, 2, 3, 4, 5 })]
    [InlineData("v2-fortran.npy", ScalarType.Float64, new long[] { 2, 3 }, new double[] { 0, 2, 4, 1, 3, 5 })]
    [InlineData("v3-big-endian.npy", ScalarType.Int32, new long[] { 3 }, new double[] { 1, -2, 70000 })]
    [InlineData("scalar-half.npy", ScalarType.Float16, new long[] { }, new[] { 1.5 })]
    [InlineData("bool.npy", ScalarType.Bool, new long[] { 2 }, new double[] { 1, 0 })]
    public void Every_version_byte_order_and_memory_order_is_read(string name, ScalarType dtype, long[] shape, double[] values)
    {
        using var scope = NewDisposeScope();
        var file = NpyFile.Open(SavedModel.File(name));
        Assert.Equal(new TensorForm(dtype, shape).ToString(), file.Form.ToString());
        var tensor = file.Load();
        Assert.Equal(dtype, tensor.dtype);
        Assert.Equal(shape, tensor.shape);
        Assert.Equal(values, tensor.to(float64).data<double>().ToArray());
    }

    [Fact]
    public void A_written_array_has_the_bytes_of_NumPy_and_reads_back()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        NpyFile.Write(folder.File("v1.npy"), arange(6, dtype: float32).view(2, 3));
        Assert.Equal(File.ReadAllBytes(SavedModel.File("v1.npy")), File.ReadAllBytes(folder.File("v1.npy")));
        foreach (var tensor in new[]
        {
            randn(4, 5).t(), tensor(3L), zeros(0, 2, dtype: float64), tensor(new[] { true, false }), ones(7, dtype: uint8), randn(3).to(float16),
        })
        {
            NpyFile.Write(folder.File("x.npy"), tensor);
            var read = NpyFile.Open(folder.File("x.npy")).Load();
            Assert.Equal(new TensorForm(tensor.dtype, tensor.shape).ToString(), new TensorForm(read.dtype, read.shape).ToString());
            Assert.True(read.eq(tensor).all().item<bool>());
        }
    }

    [Fact]
    public void A_number_type_that_NumPy_lacks_is_not_written()
    {
        using var folder = new TemporaryFolder();
        using var tensor = zeros(2, dtype: bfloat16);
        Assert.Equal(
            "Expected a number type that NumPy knows, found BFloat16; convert the tensor to float32.",
            Assert.Throws<DmlException>(() => NpyFile.Write(folder.File("x.npy"), tensor)).Message);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Objects_are_refused()
    {
        var path = SavedModel.File("object.npy");
        Assert.Equal(
            $"{path}: expected an array of f8, f4, f2, i8, i4, i2, i1, u1, b1, c8, c16, u2, u4, u8, found the type \"|O\"; "
                + "save texts as numpy.array(list), numbers with astype.",
            Assert.Throws<DmlException>(() => WeightsFile.Open(path)).Message);
    }

    [Theory]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 4, "byte 138: expected 8 bytes of <f4 (2,), found 4")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 9, "expected 8 bytes of <f4 (2,), found 9")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", 8, "byte 61: expected a size, found '-'")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", 8, "expected a size")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296,4294967296,4294967296), }", 8, "expected sizes that can be")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296,4294967296,4294967296,0), }", 0, "expected sizes that can be")]
    [InlineData("{'descr': '<f4', 'fortran_order': __import__('os'), 'shape': (2,), }", 8, "byte 44: expected True or False, found '_'")]
    [InlineData("{'descr': '<f4', 'fortran_order': False}", 8, "expected descr, fortran_order and shape")]
    [InlineData("{'descr': '<f4', 'descr': '<f4'}", 8, "expected descr, fortran_order and shape, each once")]
    [InlineData("{'descr': '<u3', 'fortran_order': False, 'shape': (2,), }", 8, "found the type \"<u3\"")]
    [InlineData("{'descr': '<u4', 'fortran_order': False, 'shape': (2,), }", 9, "expected 8 bytes of <u4 (2,), found 9")]
    [InlineData("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", 8, "byte 20: expected a quoted text, found '['")]
    [InlineData("[1]", 8, "byte 10: expected '{', found '['")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } x", 8, "expected the end of the header, found 'x'")]
    public void A_damaged_header_is_refused_with_its_byte(string header, int dataBytes, string message)
    {
        var bytes = new byte[10 + 128 + dataBytes];
        Encoding.Latin1.GetBytes("\u0093NUMPY\u0001\0", bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), 128);
        Encoding.ASCII.GetBytes(header.PadRight(127) + "\n", bytes.AsSpan(10));
        var error = Assert.Throws<DmlException>(() => WeightsFile.Read(bytes, "x.npy"));
        Assert.StartsWith("x.npy", error.Message);
        Assert.Contains(message, error.Message);
    }
}
