using Dml.Storage;
using Dml.Storage.Torch;
using Dml.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Storage;

/// <summary>Files of torch.save: every form that it has had, against values that were written beside them.</summary>
public sealed class TorchFileTests
{
    [Theory]
    [InlineData("state_dict.pth")]
    [InlineData("protocol4.pth")]
    [InlineData("deflated.pth")]
    [InlineData("big-endian.pth")]
    [InlineData("zip64.pth")]
    [InlineData("legacy.pth")]
    public void Tensors_of_every_dtype_and_every_kind_of_view_are_read(string name) => SavedModel.Check(WeightsFile.Open(SavedModel.File(name)));

    [Theory]
    [InlineData("model_ema", "w", "model.w model_ema.w")]
    [InlineData("ema", "w", "model.w ema.w")]
    [InlineData("optimizer", "exp_avg", "w")]
    public void Of_a_checkpoint_what_stands_beside_the_weights_counts_where_it_has_all_of_their_names(string entry, string name, string expected)
    {
        const string Tensor = "ctorch._utils\n_rebuild_tensor_v2\n("
            + "(U\u0007storagectorch\nFloatStorage\nU\u00010U\u0003cpuK\u0001tQK\0K\u0001\u0085K\u0001\u0085\u0089}tR";
        string Text(string text) => $"U{(char)text.Length}{text}";
        var pickle = $"}}({Text("epoch")}K\u0005{Text("model")}}}{Text("w")}{Tensor}s{Text(entry)}}}{Text(name)}{Tensor}su.";
        byte[] bytes = [0x80, 2, .. System.Text.Encoding.Latin1.GetBytes(pickle)];
        var file = WeightsFile.Read(TorchWriter.Archive(bytes, [new("FloatStorage", 4, [0, 0, 128, 63])]), "model.pth");
        Assert.Equal(expected.Split(' '), file.Tensors.Keys);
    }

    [Fact]
    public void The_tests_own_writer_gives_the_bytes_of_Pythons_pickler()
    {
        var (storages, tensors) = SavedModel.Parts();
        Assert.Equal(File.ReadAllBytes(SavedModel.File("state_dict.pkl")), TorchWriter.Pickle(storages, tensors, legacy: false, versions: true));
    }

    [Fact]
    public void Both_forms_that_the_tests_write_read_back_the_same()
    {
        using var scope = NewDisposeScope();
        (string, Tensor)[] tensors = [("a", randn(3, 4)), ("b.c", randn(2, dtype: float64)), ("n", tensor(5L)), ("none", zeros(0, 2))];
        foreach (var bytes in new[] { TorchWriter.Archive(tensors), TorchWriter.Legacy(tensors) })
        {
            var file = WeightsFile.Read(bytes, "memory");
            Assert.Equal(["a", "b.c", "n", "none"], file.Tensors.Keys);
            foreach (var (name, tensor) in tensors)
            {
                var read = file.Load(name);
                Assert.Equal(new TensorForm(tensor.dtype, tensor.shape).ToString(), new TensorForm(read.dtype, read.shape).ToString());
                Assert.True(read.eq(tensor).all().item<bool>());
            }
        }
    }

    [Fact]
    public void A_file_of_Python_2_is_read()
    {
        using var scope = NewDisposeScope();
        var file = WeightsFile.Open(SavedModel.File("python2.pth"));
        Assert.Equal([1f, 2f, 3f], file.Load("conv1_bn.weight").data<float>().ToArray());
        Assert.Equal([1L, 3L], file.Tensors["conv1_bn.weight"].Shape);
    }

    [Fact]
    public void Of_a_checkpoint_only_the_weights_count()
    {
        using var scope = NewDisposeScope();
        var file = WeightsFile.Open(SavedModel.File("checkpoint.pth"));
        Assert.Equal(["module.1.bias"], file.Tensors.Keys);
        Assert.Equal([1f, 2f], file.Load("module.1.bias").data<float>().ToArray());
    }

    [Theory]
    [InlineData("proxy.pth", "proxies")]
    [InlineData("tensor.pth", "tensor")]
    public void A_parameter_in_a_dictionary_and_a_tensor_alone_are_read(string file, string name)
    {
        using var scope = NewDisposeScope();
        Assert.Equal([1f, 2f], WeightsFile.Open(SavedModel.File(file)).Load(name).data<float>().ToArray());
    }

    [Fact]
    public void The_structure_is_kept_as_it_was_saved()
    {
        var source = ByteSource.OfFile(SavedModel.File("checkpoint.pth"), "a file");
        var root = Assert.IsType<PickleDictionary>(TorchFile.Read(source, new ReadBudget(source.Name, source.Length)).Root);
        Assert.Equal(["epoch", "state_dict", "optimizer", "best"], root.Items.Keys);
        Assert.Equal((3L, null), (root.Items["epoch"], root.Items["best"]));
        var optimizer = (PickleDictionary)root.Items["optimizer"]!;
        var group = (PickleDictionary)Assert.Single((List<object?>)optimizer.Items["param_groups"]!)!;
        Assert.Equal(0.001, group.Items["lr"]);
        Assert.IsType<TorchTensor>(((PickleDictionary)((PickleDictionary)optimizer.Items["state"]!).Items["0"]!).Items["exp_avg"]);
    }

    [Fact]
    public void Reading_leaves_no_tensor_behind()
    {
        using var scope = NewDisposeScope();
        var file = WeightsFile.Open(SavedModel.File("state_dict.pth"));
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        foreach (var name in file.Tensors.Keys) file.Load(name).Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_changed_value_is_found_by_its_checksum()
    {
        var bytes = File.ReadAllBytes(SavedModel.File("state_dict.pth"));
        bytes[bytes.AsSpan().IndexOf(BitConverter.GetBytes(11f)) + 1] ^= 4;
        var file = WeightsFile.Read(bytes, "model.pth");
        Assert.StartsWith(
            "model.pth is not a sound zip file: expected \"archive/data/0\" with checksum",
            Assert.Throws<DmlException>(() => file.Load("weight")).Message);
    }

    [Fact]
    public void A_tensor_that_is_not_there_is_told_with_those_that_are()
    {
        var file = WeightsFile.Open(SavedModel.File("proxy.pth"));
        Assert.Equal(
            $"Expected a tensor \"fc\" in {SavedModel.File("proxy.pth")}, found proxies; check the name.",
            Assert.Throws<DmlException>(() => file.Load("fc")).Message);
    }

    [Fact]
    public void A_cut_off_file_is_refused_wherever_it_ends()
    {
        foreach (var name in new[] { "state_dict.pth", "legacy.pth", "python2.pth" })
        {
            var bytes = File.ReadAllBytes(SavedModel.File(name));
            for (var length = 0; length < bytes.Length; length++) Assert.Contains("cut.pth", Refusal(bytes[..length]));
        }

        static string Refusal(byte[] bytes) => Assert.Throws<DmlException>(() => WeightsFile.Read(bytes, "cut.pth")).Message;
    }
}
