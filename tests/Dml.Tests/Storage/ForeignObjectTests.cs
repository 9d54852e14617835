using System.Text;
using Dml.Storage;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Storage;

/// <summary>Objects of Python beside sound weights: nothing of theirs runs or is used, and the weights are read.</summary>
public sealed class ForeignObjectTests
{
    /// <summary>Opcodes that make one value, as Python's pickler writes them, and the names that are told.</summary>
    private static readonly Dictionary<string, (string Opcodes, string[] Names)> Objects = new()
    {
        ["argparse.Namespace"] = ("cargparse\nNamespace\n)\u0081}(X\u0002\0\0\0lrG?\u00B9\u0099\u0099\u0099\u0099\u0099\u009Aub", ["argparse.Namespace"]),
        ["a numpy scalar"] = (
            "cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nX\u0002\0\0\0f8K\0K\u0001\u0087R"
                + "(K\u0003X\u0001\0\0\0<NNNJ\u00FF\u00FF\u00FF\u00FFJ\u00FF\u00FF\u00FF\u00FFK\0tb"
                + "c_codecs\nencode\nX\u0008\0\0\0\0\0\0\0\0\0\0\0X\u0006\0\0\0latin1\u0086R\u0086R",
            ["numpy.core.multiarray.scalar", "numpy.dtype"]),
        ["a numpy array"] = (
            "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\u0085C\u0001b\u0087R(K\u0001K\u0001\u0085cnumpy\ndtype\n)R\u0089C\u0001\u0007tb",
            ["numpy.core.multiarray._reconstruct", "numpy.ndarray", "numpy.dtype"]),
        ["a path"] = ("cpathlib\nPosixPath\nX\u0001\0\0\0/X\u0003\0\0\0tmp\u0086R", ["pathlib.PosixPath"]),
        ["Lightning's hyper-parameters"] = (
            "cpytorch_lightning.utilities.parsing\nAttributeDict\n)\u0081(X\u0002\0\0\0lrK\u0001u", ["pytorch_lightning.utilities.parsing.AttributeDict"]),
        ["an OmegaConf config"] = (
            "comegaconf.dictconfig\nDictConfig\n)\u0081}(X\u0008\0\0\0_contentcomegaconf.base\nMetadata\n)\u0081}bub",
            ["omegaconf.dictconfig.DictConfig", "omegaconf.base.Metadata"]),
        ["a deque, a Counter and a set"] = (
            "](ccollections\ndeque\n)RK\u0001a"
                + "ccollections\nCounter\n}\u0085RK\u0001K\u0002scbuiltins\nset\n]K\u0001a\u0085R\u008F(K\u0001\u0090(K\u0001\u0091e",
            ["collections.deque", "collections.Counter", "builtins.set", "builtins.frozenset"]),
        ["a partial function"] = (
            "cfunctools\npartial\nctorch.nn.functional\nrelu\n\u0085R(ctorch.nn.functional\nrelu\n)}Ntb", ["functools.partial", "torch.nn.functional.relu"]),
        ["a date"] = ("cdatetime\ndatetime\nC\u000A\u0007\u00E8\u0001\u0001\0\0\0\0\0\0\u0085R", ["datetime.datetime"]),
        ["a class of one's own and an enum"] = (
            "cmine\nModel\n)}\u0092}X\u0001\0\0\0acmine\nColour\nK\u0001\u0085Rsb", ["mine.Model", "mine.Colour"]),
        ["a device and a dtype"] = ("ctorch\ndevice\nX\u0003\0\0\0cpu\u0085Rctorch\nfloat8_e5m2\n\u0086", ["torch.device", "torch.float8_e5m2"]),
        ["os.system"] = ("cos\nsystem\nX\u0016\0\0\0touch hostile-file-ran\u0085R", ["os.system"]),
        ["eval"] = ("c__builtin__\neval\nX\u001C\0\0\0open('hostile-file-ran','w')\u0085R", ["__builtin__.eval"]),
        ["an instance"] = ("(X\u0016\0\0\0touch hostile-file-ranios\nsystem\n", ["os.system"]),
        ["an object of a class"] = ("(csubprocess\nPopen\nX\u0016\0\0\0touch hostile-file-rano", ["subprocess.Popen"]),
        ["getattr of a function"] = (
            "cbuiltins\ngetattr\nctorch._utils\n_rebuild_tensor_v2\nX\u000B\0\0\0__globals__\u0086R", ["builtins.getattr"]),
        ["a foreign key"] = ("}cenum\nKey\n)RK\u0001s", ["enum.Key"]),
    };

    public static TheoryData<string> Names => [.. Objects.Keys];

    /// <summary>Pickles of each object beside a tensor, for the tests with damaged files.</summary>
    internal static IEnumerable<byte[]> Pickles => Objects.Values.Select(o => Pickle(o.Opcodes, legacy: false));

    /// <summary>The storages of these pickles.</summary>
    internal static SavedStorage[] Storages => [new("FloatStorage", 4, [0, 0, 128, 63, 0, 0, 0, 64])];

    [Theory]
    [MemberData(nameof(Names))]
    public void Weights_beside_it_are_read_and_it_is_named(string name)
    {
        using var scope = NewDisposeScope();
        foreach (var legacy in new[] { false, true })
        {
            var file = WeightsFile.Read(Beside(Objects[name].Opcodes, legacy), "model.pth");
            Assert.Equal(["w"], file.Tensors.Keys);
            Assert.Equal([1f, 2f], file.Load("w").data<float>().ToArray());
            Assert.Equal(Objects[name].Names, file.Foreign);
        }

        Assert.False(File.Exists("hostile-file-ran"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_refused_by_name_where_a_tensor_is_wanted_or_there_is_nothing_else(string name)
    {
        var file = WeightsFile.Read(Beside(Objects[name].Opcodes, legacy: false), "model.pth");
        if (file.Unread.TryGetValue("args", out var what))
        {
            Assert.Equal(
                $"model.pth: expected \"args\" as a tensor of numbers, found the Python object {what}, which is refused and was not run; "
                    + "save the model's state_dict() alone with torch.save.",
                Assert.Throws<DmlException>(() => file.Load("args")).Message);
            Assert.Contains(what, Objects[name].Names);
        }

        byte[] alone = [0x80, 2, .. Encoding.Latin1.GetBytes(Objects[name].Opcodes), (byte)'.'];
        Assert.Contains(
            $"found the Python object {Objects[name].Names[0]}, which is refused and was not run",
            Assert.Throws<DmlException>(() => WeightsFile.Read(TorchWriter.Archive(alone, []), "model.pth")).Message);
    }

    [Theory]
    [InlineData(
        "ctorch._utils\n_rebuild_parameter\ncmine\nWeights\n)R\u0089N\u0087R", "for torch._utils._rebuild_parameter a tensor and two more", "mine.Weights")]
    [InlineData(
        "(X\u0007\0\0\0storagecmine\nStorage\nX\u0001\0\0\00X\u0003\0\0\0cpuK\u0002tQ", "a storage as", "mine.Storage")]
    [InlineData(
        "ctorch._utils\n_rebuild_tensor_v2\n(cmine\nStorage\nK\0K\u0002\u0085K\u0001\u0085\u0089}tR", "for torch._utils._rebuild_tensor_v2", "mine.Storage")]
    public void One_in_the_place_of_what_a_tensor_is_made_of_is_refused_by_name(string opcodes, string expected, string name)
    {
        var message = Assert.Throws<DmlException>(() => WeightsFile.Read(Beside(opcodes, legacy: false), "model.pth")).Message;
        Assert.Contains("expected " + expected, message, StringComparison.Ordinal);
        Assert.Contains($"found the Python object {name}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_great_many_of_them_and_large_states_take_no_more_memory_than_the_file_allows()
    {
        var state = new StringBuilder("cmine\nModel\n)\u0081](");
        for (var i = 0; i < 300_000; i++) state.Append("K\u0001");
        Assert.Equal(["mine.Model"], WeightsFile.Read(Beside(state.Append("eb").ToString(), legacy: false), "model.pth").Foreign);

        // Names are counted too, and called objects make no chain that could be walked.
        var names = new StringBuilder("](");
        for (var i = 0; i < 20_000; i++) names.Append($"cm\nn{i}\n)R)R)R");
        Assert.Equal(20_000, WeightsFile.Read(Beside(names.Append('e').ToString(), legacy: false), "model.pth").Foreign.Count);
        var large = new StringBuilder("](");
        for (var i = 0; i < 20_000; i++) large.Append($"c{i}{new string('m', 900)}\nx\n0");
        var before = GC.GetAllocatedBytesForCurrentThread();
        var outcome = Record.Exception(() => WeightsFile.Read(Beside(large.Append('e').ToString(), legacy: false), "model.pth"));
        Assert.True(outcome is null or DmlException);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000_000_000);
        Assert.Contains(
            "nested dictionaries and lists, found more",
            Assert.Throws<DmlException>(() => WeightsFile.Read(Beside(new string(']', 5000) + new string('a', 4999), legacy: false), "model.pth")).Message);
    }

    [Fact]
    public void Unsigned_tensors_of_torch_are_widened_and_those_of_dtypes_that_are_not_known_are_named()
    {
        using var scope = NewDisposeScope();
        SavedStorage[] storages = [new("UntypedStorage", 1, [255, 255, 1, 0])];
        string Made(string dtype, int count) =>
            "ctorch._utils\n_rebuild_tensor_v3\n((X\u0007\0\0\0storagectorch.storage\nUntypedStorage\nX\u0001\0\0\00X\u0003\0\0\0cpu"
            + $"K\u0004tQK\0K{(char)count}\u0085K\u0001\u0085\u0089}}ctorch\n{dtype}\ntR";
        var pickle = $"}}(X\u0001\0\0\0u{Made("uint16", 2)}X\u0001\0\0\0f{Made("float8_e4m3fn", 4)}X\u0001\0\0\0b{Made("uint8", 4)}u.";
        var file = WeightsFile.Read(TorchWriter.Archive([0x80, 2, .. Encoding.Latin1.GetBytes(pickle)], storages), "model.pth");
        Assert.Equal(["u", "b"], file.Tensors.Keys);
        Assert.Equal([65535, 1], file.Load("u").data<int>().ToArray());
        Assert.Contains("found the Python object torch.float8_e4m3fn", Assert.Throws<DmlException>(() => file.Load("f")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_case_of_an_argparse_Namespace_beside_weights_is_read()
    {
        var file = WeightsFile.Open(Fixtures.Path("cases", "foreign-objects", "namespace.pth"));
        Assert.Equal(["argparse.Namespace"], file.Foreign);
        Assert.Contains("blocks.0.conv.weight", file.Tensors.Keys);
        foreach (var name in file.Tensors.Keys) file.Load(name).Dispose();
    }

    /// <summary>A file of torch.save of <c>{"args": VALUE, "w": tensor([1., 2.])}</c>.</summary>
    private static byte[] Beside(string opcodes, bool legacy) =>
        legacy ? TorchWriter.Legacy(Pickle(opcodes, legacy), Storages) : TorchWriter.Archive(Pickle(opcodes, legacy), Storages);

    private static byte[] Pickle(string opcodes, bool legacy)
    {
        var tensor = "ctorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpuK\u0002"
            + (legacy ? "N" : "") + "tQK\0K\u0002\u0085K\u0001\u0085\u0089}tR";
        return [0x80, 2, .. Encoding.Latin1.GetBytes($"}}(X\u0004\0\0\0args{opcodes}X\u0001\0\0\0w{tensor}u.")];
    }
}
