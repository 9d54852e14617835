using Dml.Storage;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Storage;

public class MappedTensorTests
{
    public static TheoryData<ScalarType> Dtypes => [.. new[] { ScalarType.Float32, ScalarType.Float64, ScalarType.Int64, ScalarType.Byte, ScalarType.Float16 }];

    [Theory]
    [MemberData(nameof(Dtypes))]
    public void A_mapped_tensor_equals_a_loaded_one(ScalarType dtype)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var path = folder.File("x.safetensors");
        var values = (randn(7, 5) * 10).to(dtype);
        // One byte before it, so that wide numbers are not aligned and must be read.
        foreach (var before in new[] { 0, 1, 8 })
        {
            SafeTensors.Write(path, [("before", zeros(before, ScalarType.Byte)), ("x", values), ("after", ones(3))]);
            Assert.True(SafeTensors.Open(path).Map("x").equal(values).all().item<bool>());
        }

        NpyFile.Write(folder.File("x.npy"), values);
        Assert.True(NpyFile.Open(folder.File("x.npy")).Map().equal(values).all().item<bool>());
    }

    [Fact]
    public void A_mapped_tensor_outlives_the_replacing_of_its_file()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var path = folder.File("x.safetensors");
        var values = randn(100, 30);
        SafeTensors.Write(path, [("x", values)]);
        var mapped = SafeTensors.Open(path).Map("x");
        SafeTensors.Write(path, [("x", zeros(100, 30))]);
        Assert.True(mapped.equal(values).all().item<bool>());
    }

    [Fact]
    public void Tensors_written_in_pieces_are_the_bytes_of_whole_ones()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var (x, y) = (randn(7, 5), arange(4, ScalarType.Int64));
        SafeTensors.Write(folder.File("whole"), [("x", x), ("y", y)], new Dictionary<string, string> { ["a"] = "b" });
        SafeTensors.Write(
            folder.File("pieces"),
            [("x", new(ScalarType.Float32, [7, 5]), [x.narrow(0, 0, 3), x.narrow(0, 3, 4)]), ("y", new(ScalarType.Int64, [4]), [y.clone()])],
            new Dictionary<string, string> { ["a"] = "b" });
        Assert.Equal(File.ReadAllBytes(folder.File("whole")), File.ReadAllBytes(folder.File("pieces")));
    }

    [Fact]
    public void Pieces_that_do_not_fill_the_form_leave_no_file()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => SafeTensors.Write(folder.File("x"), [("x", new(ScalarType.Float32, [3]), [zeros(2)])]));
        Assert.Throws<ArgumentException>(() => SafeTensors.Write(folder.File("x"), [("x", new(ScalarType.Float32, [2]), [zeros(2, ScalarType.Float64)])]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }
}
