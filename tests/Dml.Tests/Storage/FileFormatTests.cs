using System.IO.Compression;
using System.Text;
using Dml.Engine.Features;
using Dml.Storage;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Storage;

/// <summary>Files of another kind than the one that is expected are called what they are, with what to do.</summary>
public sealed class FileFormatTests
{
    private const string Features = "a features file (safetensors, .npz, or a folder of .npy files)";
    private const string Unpack = "unpack it and give the file inside";
    private const string Resave = "save the tensors as safetensors with the program that wrote it";
    private const string Page = "an HTML page (the download gave a web page); open its address in a browser, follow the page to the file, and get that";

    private static readonly Dictionary<string, (byte[] Content, string Found)> Others = new()
    {
        ["html"] = (Bytes("\n<!DOCTYPE html>\n<html><body>Sign in</body></html>"), Page),
        ["html without doctype"] = ([0xEF, 0xBB, 0xBF, .. Bytes("<HTML lang=\"en\"><head>\u00E9</head>")], Page),
        ["pointer"] = (
            Bytes("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 102530333\n"),
            "a Git LFS pointer (the name of the file, not its content); get the file itself with git lfs pull"),
        ["empty"] = ([], "an empty file; get it again: the download or the copy was cut off"),
        ["gzip"] = (Gzip(Bytes("anything")), $"a gzip file; {Unpack}"),
        ["tar"] = (Tar(), $"a tar archive; {Unpack}"),
        ["zip"] = (Zip("readme.txt"), $"a zip archive of other files; {Unpack}"),
        ["json"] = (Bytes(" {\"weights\": [1, 2, 3]}"), $"JSON; {Resave}"),
        ["onnx"] = (
            [0x08, 7, 0x12, 7, .. Bytes("pytorch"), 0x1A, 5, .. Bytes("1.13.")],
            "an ONNX model; save the weights of the model that it was exported from, with torch.save or as safetensors"),
        ["hdf5"] = ([0x89, .. Bytes("HDF\r\n"), 0x1A, 10, 0, 0], $"an HDF5 file, as Keras writes it; {Resave}"),
        ["xml"] = (Bytes("<?xml version=\"1.0\"?><Error/>"), "an XML document (often the message of a failed download); get the file again"),
        ["text"] = (
            Bytes("404: Not Found\nand more"),
            "a text that begins with \"404: Not Found and more\"; get the file again, or give the one that holds the tensors"),
        ["pickle"] = ([0x80, 4, 0x95, 1, 0, 0], "a pickle that torch.save did not write; save the weights with torch.save or as safetensors"),
    };

    public static TheoryData<string> Names => [.. Others.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_reader_calls_it_what_it_is(string name)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("file");
        File.WriteAllBytes(path, Others[name].Content);
        var found = Others[name].Found;
        AssertRefused($"{path}: expected a weights file (.pth, .pt, .safetensors or .npy), found {found}.", () => WeightsFile.Open(path));
        AssertRefused($"{path}: expected a safetensors file, found {found}.", () => SafeTensors.Open(path));
        AssertRefused($"{path}: expected an .npy file, found {found}.", () => NpyFile.Open(path));
        AssertRefused($"{path}: expected an .npz file, found {found}.", () => NpzFile.Open(path));
        AssertRefused($"{path}: expected {Features}, found {found}.", () => FeatureFile.Read(path));
    }

    [Fact]
    public void The_formats_that_are_read_are_told_apart_too()
    {
        using var folder = new TemporaryFolder();
        using var values = ones(3);
        File.WriteAllBytes(folder.File("a.pth"), TorchWriter.Archive([("x", values)]));
        File.WriteAllBytes(folder.File("b.pth"), TorchWriter.Legacy([("x", values)]));
        NpyFile.Write(folder.File("c.npy"), values);
        SafeTensors.Write(folder.File("d.safetensors"), [("x", values)]);
        foreach (var name in new[] { "a.pth", "b.pth" })
        {
            AssertRefused(
                $"{folder.File(name)}: expected a safetensors file, found a file of torch.save; save its tensors as safetensors.",
                () => SafeTensors.Open(folder.File(name)));
        }

        AssertRefused(
            $"{folder.File("c.npy")}: expected {Features}, found an .npy file of NumPy; "
                + "save the tensors as safetensors, or in a folder with one .npy file for each.",
            () => FeatureFile.Read(folder.File("c.npy")));
        AssertRefused(
            $"{folder.File("d.safetensors")}: expected an .npy file, found a safetensors file; give it where tensors with names are expected.",
            () => NpyFile.Open(folder.File("d.safetensors")));
        AssertRefused(
            $"{folder.File("a.pth")}: expected {Features}, found a file of torch.save; save its tensors as safetensors.",
            () => FeatureFile.Read(folder.File("a.pth")));
        Assert.All(Directory.GetFiles(folder.Path), file => Assert.Single(WeightsFile.Open(file).Tensors));
    }

    [Fact]
    public void An_npz_file_is_told_where_weights_are_expected()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("x.npz"), Zip("train_features.npy", "train_labels.npy"));
        const string Found = "an .npz file of NumPy; give it where a features file is expected, or unzip it and give one of its .npy files";
        AssertRefused(
            $"{folder.File("x.npz")}: expected a weights file (.pth, .pt, .safetensors or .npy), found {Found}.", () => WeightsFile.Open(folder.File("x.npz")));
        AssertRefused($"{folder.File("x.npz")}: expected a safetensors file, found {Found}.", () => SafeTensors.Open(folder.File("x.npz")));
    }

    [Fact]
    public void A_safetensors_file_whose_first_bytes_are_those_of_another_kind_is_still_one()
    {
        // A header of 0x8B1F bytes begins as a gzip file does.
        using var folder = new TemporaryFolder();
        var header = "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}".PadRight(0x8B1F);
        File.WriteAllBytes(folder.File("x"), [.. BitConverter.GetBytes((long)header.Length), .. Bytes(header), 7]);
        using var value = SafeTensors.Open(folder.File("x")).Load("x");
        Assert.Equal(7, value.item<byte>());
    }

    private static void AssertRefused(string sentence, Action read) => Assert.Equal(sentence, Assert.Throws<DmlException>(read).Message);

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    private static byte[] Gzip(byte[] content)
    {
        using var file = new MemoryStream();
        using (var gzip = new GZipStream(file, CompressionLevel.Fastest)) gzip.Write(content);
        return file.ToArray();
    }

    private static byte[] Zip(params IReadOnlyList<string> names)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var name in names)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write("content"u8);
            }
        }

        return file.ToArray();
    }

    private static byte[] Tar()
    {
        var bytes = new byte[1024];
        Bytes("weights/model.bin").CopyTo(bytes, 0);
        Bytes("ustar\00000").CopyTo(bytes, 257);
        return bytes;
    }
}
