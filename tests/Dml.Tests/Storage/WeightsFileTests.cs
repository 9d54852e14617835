using Dml.Storage;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Storage;

public sealed class WeightsFileTests
{
    [Fact]
    public void The_content_tells_the_format_and_not_the_extension()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        SafeTensors.Write(folder.File("a.pth"), [("x", arange(4))]);
        NpyFile.Write(folder.File("b.safetensors"), arange(4));
        File.WriteAllBytes(folder.File("c.npy"), TorchWriter.Archive([("x", arange(4))]));
        File.WriteAllBytes(folder.File("d"), TorchWriter.Legacy([("x", arange(4))]));
        foreach (var (name, format) in new[] { ("a.pth", "safetensors"), ("b.safetensors", "NumPy"), ("c.npy", "PyTorch"), ("d", "PyTorch") })
        {
            var file = WeightsFile.Open(folder.File(name));
            Assert.Equal(format, file.Format);
            Assert.Equal([0L, 1L, 2L, 3L], file.Load(file.Tensors.Keys.Single()).data<long>().ToArray());
            Assert.Equal("Int64 (4)", file.Tensors.Values.Single().ToString());
        }
    }

    [Fact]
    public void A_missing_file_is_told()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("none.pth");
        Assert.Equal(
            $"Expected a weights file (.pth, .pt, .safetensors or .npy) at {path}, found none; check the path.",
            Assert.Throws<DmlException>(() => WeightsFile.Open(path)).Message);
    }

    [Theory]
    [InlineData("", "found an empty file;")]
    [InlineData("GIF89a\u0001\u0002........", "found a file that begins with the bytes 47494638396101022E2E2E2E2E2E2E2E;")]
    [InlineData("PK\u0005\u0006\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "found a zip archive of other files;")]
    public void Another_file_is_told(string content, string message) =>
        Assert.Contains(message, Assert.Throws<DmlException>(() => WeightsFile.Read(System.Text.Encoding.Latin1.GetBytes(content), "x")).Message);

    [Fact]
    public void A_file_that_vanishes_between_two_reads_is_told()
    {
        using var folder = new TemporaryFolder();
        using var values = ones(3);
        SafeTensors.Write(folder.File("x"), [("x", values)]);
        var file = WeightsFile.Open(folder.File("x"));
        File.WriteAllBytes(folder.File("x"), new byte[20]);
        Assert.Contains("leave the file alone while it is read", Assert.Throws<DmlException>(() => file.Load("x")).Message);
        File.Delete(folder.File("x"));
        Assert.StartsWith($"Expected to read {folder.File("x")}, but the system refused", Assert.Throws<DmlException>(() => file.Load("x")).Message);
    }

    [Theory]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "names and texts that are Unicode")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}""", 4, "at most 32 sizes")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[0,2305843009213693952,4],"data_offsets":[0,0]}}""", 0, "at most 32 sizes and a number of bytes for \"a\" that can be")]
    public void A_safetensors_header_that_torch_could_not_take_is_refused(string header, int dataBytes, string message)
    {
        byte[] bytes = [.. BitConverter.GetBytes((long)header.Length), .. System.Text.Encoding.ASCII.GetBytes(header), .. new byte[dataBytes]];
        Assert.Contains(message, Assert.Throws<DmlException>(() => WeightsFile.Read(bytes, "x")).Message);
    }
}
