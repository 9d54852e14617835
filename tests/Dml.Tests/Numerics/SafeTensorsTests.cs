using System.Buffers.Binary;
using System.Text;
using Dml.Storage;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Numerics;

public sealed class SafeTensorsTests
{
    [Fact]
    public void Tensors_of_every_dtype_and_shape_read_back_the_same()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        (string, Tensor)[] tensors =
        [
            ("a", randn(3, 4)), ("b", randn(2, dtype: float64)), ("c", arange(5)), ("scalar", tensor(2.5f)), ("empty", zeros(0, 3)),
            ("flags", tensor(new[] { true, false })), ("bytes", ones(3, dtype: uint8)), ("half", ones(3, dtype: float16)), ("view", randn(4, 6).t()),
        ];
        SafeTensors.Write(folder.File("x.safetensors"), tensors, new Dictionary<string, string> { ["k"] = "v" });
        var file = SafeTensors.Open(folder.File("x.safetensors"));
        Assert.Equal("v", file.Metadata["k"]);
        foreach (var (name, tensor) in tensors)
        {
            var read = file.Load(name);
            Assert.Equal(tensor.dtype, read.dtype);
            Assert.Equal(tensor.shape, read.shape);
            Assert.True(read.eq(tensor).all().item<bool>());
        }
    }

    [Fact]
    public void The_same_tensors_give_the_same_bytes_and_no_temporary_file_stays()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var values = arange(7);
        foreach (var name in new[] { "1", "2" }) SafeTensors.Write(folder.File(name), [("v", values)]);
        Assert.Equal(File.ReadAllBytes(folder.File("1")), File.ReadAllBytes(folder.File("2")));
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "expected 8 bytes for \"a\", found 4")]
    [InlineData("""{"a":{"dtype":"U32","shape":[2],"data_offsets":[0,4]}}""", 4, "expected 8 bytes for \"a\", found 4")]
    [InlineData("""{"a":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}}""", 9, "expected data up to byte")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "expected the data of \"a\" at byte")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 20, "expected data up to byte")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "expected dtype, shape and data_offsets of \"a\"")]
    [InlineData("""{"a":{"dtype":"F64","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,8]}}""", 8, "bytes for \"a\"")]
    [InlineData("""[1]""", 0, "expected a header that is a JSON object")]
    [InlineData("""{"a":""", 0, "expected a JSON header")]
    public void A_broken_file_is_refused_with_what_was_expected_and_found(string header, int dataBytes, string message)
    {
        using var folder = new TemporaryFolder();
        var bytes = new byte[8 + header.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, header.Length);
        Encoding.UTF8.GetBytes(header, bytes.AsSpan(8));
        File.WriteAllBytes(folder.File("x"), bytes);
        var error = Assert.Throws<DmlException>(() => SafeTensors.Open(folder.File("x")));
        Assert.Contains(message, error.Message);
        Assert.StartsWith(folder.File("x"), error.Message);
    }

    [Fact]
    public void A_header_length_beyond_the_file_is_refused_before_it_is_read()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("x"), [255, 255, 255, 255, 255, 255, 255, 127, 0]);
        Assert.Contains("a header that fits the file", Assert.Throws<DmlException>(() => SafeTensors.Open(folder.File("x"))).Message);
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        folder.Write("x", "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(folder.File("x"), _ => throw new InvalidOperationException()));
        Assert.Equal("old", File.ReadAllText(folder.File("x")));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_place_that_cannot_be_written_to_is_told_in_one_sentence()
    {
        using var folder = new TemporaryFolder();
        folder.Write("file", "");
        var error = Assert.Throws<DmlException>(() => AtomicFile.WriteText(Path.Combine(folder.File("file"), "below"), "text"));
        Assert.StartsWith("Expected to write", error.Message);
    }
}
