using System.IO.Compression;
using Dml.Engine.Features;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Storage;

/// <summary>.npz files: arrays of numbers and of texts, stored and deflated, and files that were made to harm.</summary>
public sealed class NpzFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void Numbers_and_texts_come_back(CompressionLevel level)
    {
        using var scope = NewDisposeScope();
        var numbers = arange(12, dtype: float32).view(3, 4);
        FitFiles.Zip(_folder.File("a.npz"), level, [("x", FitFiles.Npy(numbers)), ("t", FitFiles.Text(["a", "äß🙂", ""]))]);
        using var arrays = FeatureArrays.Open(_folder.File("a.npz"));
        Assert.Equal(["x"], arrays.Entries.Keys);
        Assert.Equal(["t"], arrays.TextNames);
        Assert.Equal(["a", "äß🙂", ""], arrays.Texts("t"));
        Assert.True(arrays.Load("x").equal(numbers).all().item<bool>());
        Assert.Equal([8, 9, 10, 11, 0, 1, 2, 3], arrays.Gather("x", [2, 0]).data<float>().ToArray());
    }

    [Fact]
    public void An_array_that_claims_to_unpack_to_anything_is_refused_before_memory_is_taken()
    {
        using (var zip = ZipFile.Open(_folder.File("bomb.npz"), ZipArchiveMode.Create))
        {
            using var entry = zip.CreateEntry("x.npy", CompressionLevel.Optimal).Open();
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 200; i++) entry.Write(zeros);
        }

        using var arrays = FeatureArrays.Open(_folder.File("bomb.npz"));
        Assert.Contains("was made to exhaust memory", arrays.Unread("x")!.Message);
    }

    [Fact]
    public void A_damaged_array_is_told_where_it_is_wanted()
    {
        using var scope = NewDisposeScope();
        FitFiles.Zip(_folder.File("a.npz"), CompressionLevel.NoCompression, [("x", FitFiles.Npy(arange(4))), ("y", FitFiles.Npy(arange(3)))]);
        var bytes = File.ReadAllBytes(_folder.File("a.npz"));
        bytes[160] ^= 1;
        File.WriteAllBytes(_folder.File("a.npz"), bytes);
        using var arrays = FeatureArrays.Open(_folder.File("a.npz"));
        Assert.Contains("with checksum", arrays.Unread("x")!.Message);
        Assert.Equal([0, 1, 2], arrays.Load("y").data<long>().ToArray());
    }

    [Fact]
    public void Python_objects_are_refused_with_what_to_do()
    {
        var header = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".PadRight(117) + "\n";
        byte[] file = [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. System.Text.Encoding.ASCII.GetBytes(header), 0x80];
        FitFiles.Zip(_folder.File("a.npz"), CompressionLevel.NoCompression, [("labels", file)]);
        using var arrays = FeatureArrays.Open(_folder.File("a.npz"));
        Assert.Contains("found the type \"|O\"; save texts as numpy.array(list), numbers with astype", arrays.Unread("labels")!.Message);
    }
}
