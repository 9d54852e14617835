using System.IO.Compression;
using System.Text;
using Dml.Storage;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Storage;

/// <summary>
/// Damaged files: each reader answers with an error or with tensors of the form that it told, in bounded time and memory. DML_FUZZ asks
/// for another number of them than 20,000.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private static readonly byte[][] Opcodes =
    [
        .. new[]
        {
            "}", "]", ")", "(", "t", "u", "s", "e", "a", "R", "b", "Q", ".", "N", "0", "1", "2", "q\0", "h\0", "h\u0005", "j\u0001\0\0\0", "r\u00FF\0\0\0",
            "K\u00FF", "M\u00FF\u00FF", "J\u00FF\u00FF\u00FF\u00FF",
            "\u0085", "\u0086", "\u0087", "\u0088", "\u0089", "\u008A\u0008\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u007F", "\u008B\u00FF\u00FF\u00FF\u007F",
            "\u0093", "\u0094", "\u0081", "\u0092", "o", "i",
            "X\u0001\0\0\0a", "X\u00FF\u00FF\u00FF\u007F", "U\u0001a", "C\u0001a", "\u008D\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF",
            "\u0096\u00FF\u00FF\u00FF\u00FF\u00FF\0\0\0", "G\u007F\u00F0\0\0\0\0\0\0",
            "ccollections\nOrderedDict\n", "ctorch\nFloatStorage\n", "ctorch._utils\n_rebuild_tensor_v2\n", "ctorch._utils\n_rebuild_parameter\n",
            "cos\nsystem\n", "ctorch\nSize\n", "ctorch.storage\nUntypedStorage\n",
            "cargparse\nNamespace\n)\u0081}b", "c__builtin__\neval\nU\u0001a\u0085R", "ctorch\nuint16\n",
            "ctorch\nfloat8_e4m3fn\n", "\u008F", "(\u0090", "(\u0091",
            "ctorch._utils\n_rebuild_tensor_v3\n", "c_codecs\nencode\n",
        }.Select(Encoding.Latin1.GetBytes),
    ];

    private static readonly byte[][] ZipParts = [.. new[]
    {
        "PK\u0001\u0002", "PK\u0003\u0004", "PK\u0005\u0006", "PK\u0006\u0006", "PK\u0006\u0007", "archive/data.pkl", "archive/data/0", "\u0001\0\u0018\0",
    }.Select(Encoding.Latin1.GetBytes)];

    private static readonly byte[][] JsonParts =
        [.. new[]
        {
            "{", "}", "[", "]", ",", ":", "\"", "\\ud800", "0,", "-1", "1e9", "9223372036854775807", "\"F64\"", "\"BOOL\"", "\"a\":{", "__metadata__", "null",
            "[0,8]", "\u00FF",
        }.Select(Encoding.Latin1.GetBytes)];

    private static readonly byte[][] HeaderParts =
        [.. new[]
        {
            "{", "}", "(", ")", "'", ",", ":", "True", "False", "'<f8'", "'>c16'", "'|b1'", "'|O'", "9999999999", "0", "1,", "'shape': ", "L", "\u00FF",
        }.Select(Encoding.Latin1.GetBytes)];

    [Fact]
    public void Damaged_zip_files_of_torch_save()
    {
        byte[][] sound =
            [.. new[] { "state_dict.pth", "protocol4.pth", "deflated.pth", "big-endian.pth", "zip64.pth", "checkpoint.pth", "tensor.pth" }.Select(Fixture)];
        var mutants = new Mutations([.. sound, .. Hostile], [.. ZipParts, .. Opcodes]);

        // Checksums guard the content, so whatever is accepted has the values of a sound file.
        var right = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in sound.Concat(Hostile.Take(2))) Read(file, (name, tensor) => right.Add(Text(name, tensor)));
        Run("zip", index => mutants.Make(1, index), (name, tensor) => Assert.Contains(Text(name, tensor), right));
    }

    [Fact]
    public void Damaged_pickles_in_sound_zip_files()
    {
        // With right checksums, so that the damage reaches the unpickler and the tensors.
        var (storages, tensors) = SavedModel.Parts();
        var mutants = new Mutations(
            [TorchWriter.Pickle(storages, tensors, legacy: false, versions: true), TorchWriter.Pickle(storages, tensors[..3], legacy: false)], Opcodes);
        Run("pickle in zip", index => TorchWriter.Archive(mutants.Make(2, index), storages));
    }

    [Fact]
    public void Damaged_pickles_with_objects_of_Python()
    {
        var mutants = new Mutations([.. ForeignObjectTests.Pickles], Opcodes);
        Run("objects in zip", index => TorchWriter.Archive(mutants.Make(6, index), ForeignObjectTests.Storages));
    }

    [Fact]
    public void Damaged_legacy_files_of_torch_save()
    {
        var (storages, tensors) = SavedModel.Parts();
        var small = TorchWriter.Legacy(TorchWriter.Pickle(storages[..1], tensors[..3], legacy: true), storages[..1]);
        var mutants = new Mutations([Fixture("legacy.pth"), Fixture("python2.pth"), small, small, Fixture("hostile-legacy.pth")], Opcodes);
        Run("legacy", index => mutants.Make(3, index));
    }

    [Fact]
    public void Damaged_safetensors_files()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        SafeTensors.Write(
            folder.File("a"), [("a", randn(2, 3)), ("b", arange(3)), ("s", tensor(1.0)), ("e", zeros(0, 4)), ("f", tensor(new[] { true, false }))],
            new Dictionary<string, string> { ["k"] = "v\n" });
        SafeTensors.Write(folder.File("b"), [("h", ones(3, dtype: float16)), ("u", ones(2, 2, dtype: uint8))]);
        var mutants = new Mutations([File.ReadAllBytes(folder.File("a")), File.ReadAllBytes(folder.File("b"))], JsonParts);
        Run("safetensors", index => mutants.Make(4, index));
    }

    [Fact]
    public void Damaged_npy_files()
    {
        var mutants = new Mutations([.. new[] { "v1.npy", "v2-fortran.npy", "v3-big-endian.npy", "scalar-half.npy", "bool.npy" }.Select(Fixture)], HeaderParts);
        Run("npy", index => mutants.Make(5, index));
    }

    [Fact]
    public void Damaged_npz_files()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        (string, byte[])[] arrays = [("x", FitFiles.Npy(ones(2, 3))), ("y", FitFiles.Npy(arange(3))), ("t", FitFiles.Text(["a", "bc"]))];
        FitFiles.Zip(folder.File("stored"), CompressionLevel.NoCompression, arrays);
        FitFiles.Zip(folder.File("deflated"), CompressionLevel.Optimal, arrays);
        var mutants = new Mutations([File.ReadAllBytes(folder.File("stored")), File.ReadAllBytes(folder.File("deflated"))], [.. ZipParts, .. HeaderParts]);
        var outcome = Fuzz.Run(index => mutants.Make(6, index), ReadNpz, Fuzz.Count);
        output.WriteLine($"npz: {outcome}");
        Assert.True(outcome.Refused > Fuzz.Count / 4 && outcome.Accepted > 0, $"{outcome}");
    }

    [Fact]
    public void Damaged_npy_files_of_texts()
    {
        var mutants = new Mutations([FitFiles.Text(["a", "bc", "def"]), FitFiles.Text(["äß🙂"])], [.. HeaderParts, "'<U3'"u8.ToArray(), "'|S9'"u8.ToArray()]);
        var outcome = Fuzz.Run(
            index => mutants.Make(7, index), file => NpyText.TryRead(ByteSource.OfBytes(file, "mutant"))?.Sum(t => t.Length * 2L) ?? 0, Fuzz.Count);
        output.WriteLine($"npy texts: {outcome}");
        Assert.True(outcome.Refused > Fuzz.Count / 4 && outcome.Accepted > 0, $"{outcome}");
    }

    /// <summary>Every array that is accepted has the form that it told.</summary>
    private static long ReadNpz(byte[] bytes)
    {
        using var file = NpzFile.Read(ByteSource.OfBytes(bytes, "mutant"));
        var total = 0L;
        foreach (var name in file.Names)
        {
            using var scope = NewDisposeScope();
            var content = file.Content(name);
            if (NpyText.TryRead(content) is { } texts)
            {
                total += texts.Sum(t => t.Length * 2L);
                continue;
            }

            var array = NpyFile.Read(content);
            var values = array.Load();
            Assert.True(array.Form.Shape.SequenceEqual(values.shape));
            total += values.numel() * values.element_size();
        }

        return total;
    }

    private static IEnumerable<byte[]> Hostile => new[] { "hostile-global.pth", "hostile-stack-global.pth", "hostile-instance.pth" }.Select(Fixture);

    private static byte[] Fixture(string name) => File.ReadAllBytes(SavedModel.File(name));

    private static string Text(string name, Tensor tensor) =>
        $"{name} {tensor.dtype} ({string.Join(", ", tensor.shape)}) {(tensor.numel() == 0 ? "" : Convert.ToHexString(tensor.bytes))}";

    private void Run(string name, Func<int, byte[]> make, Action<string, Tensor>? check = null)
    {
        var outcome = Fuzz.Run(make, file => Read(file, check), Fuzz.Count);
        output.WriteLine($"{name}: {outcome}");
        Assert.True(outcome.Refused > Fuzz.Count / 4, $"{outcome}: the damage does not reach the reader.");
        Assert.True(outcome.Accepted > 0, $"{outcome}: nothing is accepted.");
        Assert.False(File.Exists("hostile-file-ran"));
    }

    /// <summary>Reads everything twice; both must be what the header told, and the same.</summary>
    private static long Read(byte[] bytes, Action<string, Tensor>? check)
    {
        var file = WeightsFile.Read(bytes, "mutant");
        var total = 0L;
        foreach (var (name, form) in file.Tensors)
        {
            using var scope = NewDisposeScope();
            var (once, twice) = (file.Load(name), file.Load(name));
            Assert.True(form.Dtype == once.dtype && form.Shape.SequenceEqual(once.shape), $"{name} is not {form}.");
            if (once.numel() > 0) Assert.True(once.bytes.SequenceEqual(twice.bytes));
            check?.Invoke(name, once);
            total += once.numel() * once.element_size();
        }

        return total;
    }
}
