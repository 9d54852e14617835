using System.Text;
using Dml.Storage;
using Dml.Tests.Support;

namespace Dml.Tests.Onnx;

public sealed class OnnxFileTests(ITestOutputHelper output)
{
    private static readonly byte[][] Parts =
        [[0x08, 0x08], [0x3A, 0x05], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], [0x12, 0x00], [0x0B], [0x80]];

    [Fact]
    public void A_model_tells_its_operators_notes_weights_and_values()
    {
        using var folder = new TemporaryFolder();
        var file = OnnxFile.Open(Sample().Write(folder.File("model.onnx")));
        Assert.Equal(13, file.Opset);
        Assert.Equal("1 2 3", file.Metadata["dml.mean"]);
        Assert.Equal([folder.File("a.bin"), folder.File("sub/b.bin")], file.ExternalFiles);
        Assert.Equal(["a", "b", "flat", "w", "x", "y"], file.Values.Order(StringComparer.Ordinal));
        Assert.Equal(8, OnnxFile.Open(Photographs.ResNet18).Opset);
    }

    [Theory]
    [InlineData(
        "version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
        "a Git LFS pointer (the name of the file, not its content); get the file itself with git lfs pull.")]
    [InlineData(
        "<!DOCTYPE html><html>",
        "an HTML page (the download gave a web page); open its address in a browser, follow the page to the file, and get that.")]
    [InlineData("", "an empty file; get it again: the download or the copy was cut off.")]
    public void Another_kind_of_file_is_named(string content, string found)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("model.onnx", content);
        Assert.Equal($"{file}: expected an ONNX model (.onnx), found {found}", Assert.Throws<DmlException>(() => OnnxFile.Open(file)).Message);
    }

    [Theory]
    [InlineData("state_dict.pth", "a file of torch.save")]
    [InlineData("v1.npy", "an .npy file of NumPy")]
    public void Weights_alone_are_refused_with_the_way_to_a_model(string fixture, string found)
    {
        var file = Fixtures.Path("weights", fixture);
        Assert.Equal(
            $"{file}: expected an ONNX model (.onnx), found {found}; weights alone cannot be run, export the model itself, for example with torch.onnx.export.",
            Assert.Throws<DmlException>(() => OnnxFile.Open(file)).Message);
    }

    [Fact]
    public void A_file_that_is_missing_or_cut_off_is_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(
            $"Expected an ONNX model (.onnx) at {folder.File("none.onnx")}, found none; check the path.",
            Assert.Throws<DmlException>(() => OnnxFile.Open(folder.File("none.onnx"))).Message);
        var whole = Sample().ToArray();
        File.WriteAllBytes(folder.File("cut.onnx"), whole[..^7]);
        Assert.Contains(
            "found other bytes; the file is cut off, damaged or no ONNX model, get it again.",
            Assert.Throws<DmlException>(() => OnnxFile.Open(folder.File("cut.onnx"))).Message,
            StringComparison.Ordinal);
        File.WriteAllBytes(folder.File("empty.onnx"), [0x08, 0x08, 0x12, 0x01, (byte)'t']);
        Assert.Equal(
            $"{folder.File("empty.onnx")}: expected an ONNX model (.onnx), found a file without a graph; "
                + "export the model itself, for example with torch.onnx.export.",
            Assert.Throws<DmlException>(() => OnnxFile.Open(folder.File("empty.onnx"))).Message);
    }

    [Fact]
    public void Damaged_models()
    {
        var mutants = new Mutations([Sample().ToArray()], [.. Parts, Encoding.ASCII.GetBytes("location")]);
        var outcome = Fuzz.Run(
            index => mutants.Make(11, index),
            bytes =>
            {
                using var source = ByteSource.OfBytes(bytes, "mutant");
                var file = OnnxFile.Read(source, "/mutant.onnx");
                Assert.All(file.ExternalFiles, f => Assert.True(Path.IsPathFullyQualified(f)));
                return 0;
            },
            Fuzz.Count);
        output.WriteLine(outcome.ToString());
        Assert.True(outcome.Accepted > 0 && outcome.Refused > 0);
    }

    private static TinyOnnx Sample() => new TinyOnnx(opset: 13).Note("dml.mean", "1 2 3")
        .Input("x", TinyOnnx.Float, -1, 3, 2, 2).Output("y", TinyOnnx.Float, -1, 2)
        .ExternalWeight("a", [2], "a.bin").ExternalWeight("b", [2], "sub/b.bin").Weight("w", [12, 2], new float[24])
        .Node("Flatten", "x", "flat").Node("MatMul", "flat w", "y");
}
