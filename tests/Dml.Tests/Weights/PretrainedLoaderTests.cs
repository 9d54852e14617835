using Dml.Engine.Models;
using Dml.Storage;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Weights;

public sealed class PretrainedLoaderTests : IDisposable
{
    private const string Origin = "the example's weights.pth";

    private readonly TemporaryFolder _folder = new();
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();

    [Theory]
    [InlineData("")]
    [InlineData("module.0.base.")]
    public void A_file_with_a_prefix_and_flat_or_row_shaped_norms_and_a_classifier_fills_the_module(string prefix)
    {
        var wanted = Weights();
        (string, Tensor)[] saved =
        [
            .. wanted.Where(w => w.Name != "norm.num_batches_tracked").Select(w => (prefix + w.Name, w.Name == "norm.bias" ? w.Value.view(1, 3) : w.Value)),
            (prefix + "classifier.weight", zeros(10, 4)),
        ];
        File.WriteAllBytes(_folder.File("weights.pth"), TorchWriter.Archive(saved));
        using var module = new NamedBackbone().CreateModule();
        Assert.Empty(Load(module));
        var state = module.state_dict();
        foreach (var (name, value) in wanted.Where(w => w.Name != "norm.num_batches_tracked")) Assert.True(state[name].eq(value).all().item<bool>(), name);
    }

    [Fact]
    public void Half_precision_becomes_that_of_the_module()
    {
        SafeTensors.Write(_folder.File("weights.pth"), [.. Weights().Select(w => (w.Name, w.Value.is_floating_point() ? w.Value.to(float16) : w.Value))]);
        using var module = new NamedBackbone().CreateModule();
        Load(module);
        Assert.Equal(float32, module.state_dict()["linear.weight"].dtype);
        Assert.True(module.state_dict()["linear.weight"].eq(Weights().Single(w => w.Name == "linear.weight").Value.to(float16).to(float32)).all().item<bool>());
    }

    [Fact]
    public void Without_a_file_nothing_happens()
    {
        using var module = new NamedBackbone().CreateModule();
        Assert.Empty(PretrainedLoader.Load(new NamedBackbone(), module, _folder.Path));
    }

    [Fact]
    public void A_missing_file_is_told_with_where_to_get_it()
    {
        Assert.Equal(
            $"Expected pretrained weights of the backbone at {_folder.File("weights.pth")}, found no file; "
                + $"get {Origin} and put it there, or train from random weights.",
            Refusal());
    }

    [Fact]
    public void Unknown_and_missing_tensors_are_listed_and_refused_and_nothing_is_changed()
    {
        Save([.. Weights().Where(w => w.Name != "linear.bias"), ("strange", ones(2))]);
        Assert.Equal(
            $"{_folder.File("weights.pth")}: expected exactly the tensors of the backbone, found 1 unknown (strange) and 1 missing (linear.bias); "
                + $"get {Origin}, or allow a partial fit in the backbone's options.",
            Refusal());
    }

    [Fact]
    public void A_partial_fit_that_is_allowed_is_told_as_a_warning()
    {
        Save([.. Weights().Where(w => w.Name != "linear.bias"), ("strange", ones(2))]);
        using var module = new NamedBackbone().CreateModule();
        var bias = module.state_dict()["linear.bias"].clone();
        Assert.Equal(
            [$"{_folder.File("weights.pth")} fits the backbone in part: found 1 unknown (strange) and 1 missing (linear.bias); "
                + "what is missing keeps its random values."],
            Load(module, allowPartial: true));
        Assert.True(module.state_dict()["linear.bias"].eq(bias).all().item<bool>());
        Assert.True(module.state_dict()["norm.weight"].eq(Weights().Single(w => w.Name == "norm.weight").Value).all().item<bool>());
    }

    [Fact]
    public void Another_shape_or_kind_of_number_is_refused()
    {
        Save([.. Weights().Select(w => (w.Name, w.Name == "linear.weight" ? ones(3, 4) : w.Value))]);
        Assert.EndsWith(
            "weights.pth: expected linear.weight to be Float32 (4, 3), found Float32 (3, 4); choose the backbone and the options that the file was made with.",
            Refusal());
        Save([.. Weights().Select(w => (w.Name, w.Name == "linear.bias" ? ones(4, dtype: int64) : w.Value))]);
        Assert.Contains("expected linear.bias to be Float32 (4), found Int64 (4)", Refusal());
    }

    [Fact]
    public void Two_backbones_in_a_file_are_refused_until_the_options_choose_one()
    {
        Save([.. Weights().Select(w => ("student." + w.Name, w.Value)), .. Weights().Select(w => ("teacher." + w.Name, w.Value + 1))]);
        Assert.EndsWith(
            "expected one backbone, found 2 complete ones, under \"student.\" (7 tensors), \"teacher.\" (7 tensors); "
                + "choose with backbone.pretrainedPrefix=student, or another of these.",
            Refusal());
        using var module = new NamedBackbone().CreateModule();
        var chosen = new NamedBackbone(new PretrainedWeights("weights.pth", Origin) { Prefix = "teacher" });
        Assert.StartsWith(
            $"{_folder.File("weights.pth")} holds another model, which was left out: student.norm.weight, ",
            Assert.Single(PretrainedLoader.Load(chosen, module, _folder.Path)), StringComparison.Ordinal);
        Assert.True(module.state_dict()["linear.weight"].eq(Weights().Single(w => w.Name == "linear.weight").Value + 1).all().item<bool>());
    }

    [Fact]
    public void A_file_of_something_else_is_refused()
    {
        Save([("decoder.weight", ones(2))]);
        using var module = new NamedBackbone().CreateModule();
        var names = string.Join(", ", module.state_dict().Keys.Take(3));
        Assert.EndsWith(
            $"weights.pth: expected tensors of the backbone, such as {names}, found decoder.weight; choose the backbone that the file belongs to.", Refusal());
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    private static (string Name, Tensor Value)[] Weights()
    {
        using var module = new NamedBackbone().CreateModule();
        return [.. module.state_dict().Select((w, i) =>
            (w.Key, w.Key.EndsWith("tracked", StringComparison.Ordinal) ? tensor(7L) : arange(w.Value.numel(), dtype: float32).view(w.Value.shape) / 8 + i))];
    }

    private void Save(IReadOnlyList<(string, Tensor)> tensors) => File.WriteAllBytes(_folder.File("weights.pth"), TorchWriter.Archive(tensors));

    private IReadOnlyList<string> Load(nn.Module module, bool allowPartial = false) =>
        PretrainedLoader.Load(new NamedBackbone(new PretrainedWeights("weights.pth", Origin, allowPartial)), module, _folder.Path);

    private string Refusal()
    {
        using var module = new NamedBackbone().CreateModule();
        var before = module.state_dict().Select(w => w.Value.clone()).ToList();
        var message = Assert.Throws<DmlException>(() => Load(module)).Message;
        Assert.All(module.state_dict().Values.Zip(before), pair => Assert.True(pair.First.eq(pair.Second).all().item<bool>()));
        return message;
    }
}
