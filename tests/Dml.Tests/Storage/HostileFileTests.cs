using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Dml.Storage;
using Dml.Tests.Support;

namespace Dml.Tests.Storage;

/// <summary>Files that were made to run something or to exhaust the machine.</summary>
public sealed class HostileFileTests
{
    [Theory]
    [InlineData("hostile-instance.pth", "os.system")]
    [InlineData("hostile-build.pth", "types.SimpleNamespace")]
    [InlineData("hostile-new-object.pth", "subprocess.Popen")]
    [InlineData("hostile-attribute.pth", "collections.OrderedDict.popitem.__self__")]
    public void An_object_of_Python_without_tensors_is_refused_by_name_and_nothing_runs(string name, string culprit)
    {
        var path = SavedModel.File(name);
        Assert.Equal(
            $"{path}: expected tensors, numbers, texts, lists and dictionaries alone, found the Python object {culprit}, which is refused and was not run; "
                + "save the model's state_dict() alone with torch.save.",
            Assert.Throws<DmlException>(() => WeightsFile.Open(path)).Message);
        AssertNothingRan();
    }

    [Theory]
    [InlineData("hostile-global.pth", "posix.system")]
    [InlineData("hostile-legacy.pth", "posix.system")]
    [InlineData("hostile-stack-global.pth", "builtins.eval")]
    public void Beside_a_tensor_it_is_a_name_alone_and_nothing_runs(string name, string culprit)
    {
        var file = WeightsFile.Open(SavedModel.File(name));
        Assert.Equal(["weight"], file.Tensors.Keys);
        Assert.Equal([culprit], file.Foreign);
        using var weight = file.Load("weight");
        Assert.Equal([1f, 2f], weight.data<float>().ToArray());
        AssertNothingRan();
    }

    [Theory]
    [InlineData("c__builtin__\ngetattr\n.", "__builtin__.getattr")]
    [InlineData("ctorch\nload\n.", "torch.load")]
    [InlineData("ctorch._utils\n_rebuild_tensor_v2.__globals__\n.", "torch._utils._rebuild_tensor_v2.__globals__")]
    [InlineData("ctorch.storage\n_load_from_bytes\n.", "torch.storage._load_from_bytes")]
    [InlineData("cnumpy.core.multiarray\n_reconstruct\n.", "numpy.core.multiarray._reconstruct")]
    [InlineData("(S'x'\nios\u0007\nsystem\n.", "0x53")]
    [InlineData("cos\u0007\nsystem\n.", "os?.system")]
    public void Whatever_is_not_on_the_list_is_refused(string pickle, string culprit) =>
        Assert.Contains($"found {(culprit.StartsWith("0x", StringComparison.Ordinal) ? "" : "the Python object ")}{culprit}", Refusal(Pickle(pickle)));

    [Theory]
    [InlineData("}q\0K\u0001K\u0002\u0086R.", "a function and its arguments")]
    [InlineData("]q\0}b.", "attributes of a dictionary alone")]
    [InlineData("ccollections\nOrderedDict\n)\u0081.", "no objects of classes")]
    [InlineData("(ccollections\nOrderedDict\no.", "no objects of classes")]
    [InlineData("\u0082\u0001.", "no objects of classes")]
    [InlineData("K\u0001Q.", "a storage as (\"storage\", type, key, device, size)")]
    [InlineData("ctorch\nFloatStorage\n)R.", "a function and its arguments")]
    [InlineData("ccollections\nOrderedDict\nK\u0001\u0085R.", "for collections.OrderedDict nothing, or a list of pairs")]
    [InlineData("ctorch._utils\n_rebuild_tensor\n(K\u0001K\u0001)) tR.", "an opcode that torch.save writes")]
    [InlineData(
        "ctorch._utils\n_rebuild_tensor\n(K\u0001K\u0001))tR.", "for torch._utils._rebuild_tensor a storage, a whole number and two tuples of whole numbers")]
    public void What_is_allowed_is_allowed_in_its_place_alone(string pickle, string expected) =>
        Assert.Contains("expected " + expected, Refusal(Pickle(pickle)));

    [Theory]
    [InlineData(12, 0, new long[] { 2, 7 }, new long[] { 7, 1 })]
    [InlineData(12, 13, new long[] { }, new long[] { })]
    [InlineData(12, 0, new long[] { 2 }, new long[] { 12 })]
    [InlineData(12, -1, new long[] { 2 }, new long[] { 1 })]
    [InlineData(12, 0, new long[] { 2 }, new long[] { -1 })]
    [InlineData(12, 0, new long[] { 2, 2 }, new long[] { 1 })]
    [InlineData(12, 0, new long[] { long.MaxValue, 2 }, new long[] { 1, 1 })]
    [InlineData(12, long.MaxValue, new long[] { 2 }, new long[] { long.MaxValue })]
    [InlineData(12, 0, new long[] { 1L << 40, 1L << 40, 0 }, new long[] { 0, 0, 0 })]
    public void A_view_beyond_its_storage_is_refused(int count, long offset, long[] shape, long[] strides)
    {
        SavedStorage[] storages = [new("FloatStorage", 4, new byte[4 * count])];
        var pickle = TorchWriter.Pickle(storages, [new("x", 0, offset, shape, strides)], legacy: false);
        Assert.Contains("expected for torch._utils._rebuild_tensor_v2 ", Refusal(TorchWriter.Archive(pickle, storages)));
    }

    [Fact]
    public void A_storage_that_claims_more_than_the_file_holds_is_refused()
    {
        SavedStorage[] claimed = [new("FloatStorage", 4, new byte[400])];
        SavedStorage[] real = [new("FloatStorage", 4, new byte[4])];
        SavedTensor[] tensors = [new("x", 0, 0, [100], [1])];
        Assert.Contains(
            "expected \"archive/data/0\" with 100 elements of 4 bytes, found 4 bytes",
            Refusal(TorchWriter.Archive(TorchWriter.Pickle(claimed, tensors, legacy: false), real)));
        Assert.Contains("expected storage 0 with 100 elements, found 1", Refusal(TorchWriter.Legacy(TorchWriter.Pickle(claimed, tensors, legacy: true), real)));
    }

    [Fact]
    public void A_value_spread_over_more_memory_than_the_file_allows_is_refused()
    {
        SavedStorage[] storages = [new("FloatStorage", 4, new byte[4])];
        var pickle = TorchWriter.Pickle(storages, [new("x", 0, 0, [1L << 30], [0])], legacy: false);
        Assert.Contains("or was made to exhaust memory", Refusal(TorchWriter.Archive(pickle, storages)));
    }

    [Fact]
    public void Lists_that_stand_at_a_great_many_places_are_not_expanded()
    {
        // Each dictionary holds the one before it under ten keys: 10^12 names in 400 bytes.
        var pickle = new PickleWriter().Raw('}').Put();
        for (var level = 0; level < 12; level++)
        {
            pickle.Raw('}', '(');
            for (var key = 0; key < 10; key++) pickle.Number(key).Raw('h', (char)level);
            pickle.Raw('u').Put();
        }

        Assert.Contains("found the same ones at a great many places", Refusal(TorchWriter.Archive(pickle.Finish(), [])));
    }

    [Fact]
    public void A_dictionary_inside_itself_is_refused_and_so_is_deep_nesting()
    {
        Assert.Contains("nested dictionaries and lists, found more", Refusal(Pickle("}q\0X\u0001\0\0\0ah\0s.")));
        Assert.Contains("nested dictionaries and lists, found more", Refusal(Pickle(new string(']', 5000) + new string('a', 4999) + ".")));
    }

    [Fact]
    public void Memory_is_counted_before_it_is_taken()
    {
        var large = Pickle(new string('}', 2_000_000) + ".");
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("or was made to exhaust memory", Refusal(large));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (10L * large.Length) + 100_000_000);
        Assert.Contains("expected a text of 4294967295 bytes", Refusal(Pickle("X\u00FF\u00FF\u00FF\u00FFabc.")));
        Assert.Contains("expected a memo index near 0, found 4294967295", Refusal(Pickle("}r\u00FF\u00FF\u00FF\u00FF.")));
    }

    [Fact]
    public void A_zip_bomb_is_refused_before_it_is_unpacked()
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = zip.CreateEntry("archive/data.pkl", CompressionLevel.Optimal).Open();
            for (var i = 0; i < 200; i++) entry.Write(new byte[1_000_000]);
        }

        var bytes = file.ToArray();
        Assert.InRange(bytes.Length, 1, 1_000_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("with \"archive/data.pkl\" unpacked", Refusal(bytes));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);

        // An entry that lies about its size is found when it does not end there.
        var directory = bytes.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(directory + 24), 1000);
        Assert.Contains("to unpack to 1000 bytes, found another length", Refusal(bytes));
    }

    private static void AssertNothingRan()
    {
        Assert.False(File.Exists("hostile-file-ran"));
        Assert.False(File.Exists(SavedModel.File("hostile-file-ran")));
    }

    private static byte[] Pickle(string opcodes) => TorchWriter.Archive([0x80, 2, .. Encoding.Latin1.GetBytes(opcodes)], []);

    private static string Refusal(byte[] bytes) => Assert.Throws<DmlException>(() => WeightsFile.Read(bytes, "file.pth")).Message;
}
