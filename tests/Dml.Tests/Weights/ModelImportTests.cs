using Dml.Engine.Models;
using Dml.Plugins;
using Dml.Storage;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Weights;

/// <summary>Which tensors of a file become head and proxies. The backbone has 4 features, the model 5 dimensions, the loss 3 classes.</summary>
public sealed class ModelImportTests : IDisposable
{
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();
    private readonly NamedBackbone _backbone = new();
    private readonly Network _model;
    private readonly ProxyNcaPPLoss _loss = new(new ProxyNcaPPOptions(), new LossShape(3, 5, float32, CPU));
    private readonly Tensor _weight = arange(20, dtype: float32).view(5, 4);
    private readonly Tensor _bias = arange(5, dtype: float32);
    private readonly Tensor _proxies = arange(15, dtype: float32).view(3, 5);

    public ModelImportTests() => _model = new Network(_backbone, 5);

    [Theory]
    [InlineData("module.0.base.", "module.1.")]
    [InlineData("backbone.", "head.")]
    [InlineData("model.", "model.embedding.")]
    [InlineData("", "classifier.")]
    public void The_head_is_what_maps_the_features(string prefix, string head)
    {
        var record = Fill(Model(prefix, (head + "weight", _weight), (head + "bias", _bias)), Saved(("proxies", _proxies))).Record;
        Assert.Equal((prefix, head + "weight", "proxies"), (record.Prefix, record.Head, record.Loss["proxies"]));
        AssertEqual(_weight, _model.Head.weight!);
        AssertEqual(_bias, _model.Head.bias!);
        AssertEqual(_proxies, _loss.Proxies);
    }

    [Fact]
    public void A_classifier_that_the_backbone_leaves_out_is_no_head()
    {
        var filled = Fill(
            Model("m.0.", ("m.0.classifier.weight", zeros(1000, 4)), ("m.0.classifier.bias", zeros(1000)), ("m.1.weight", _weight), ("m.1.bias", _bias)),
            Saved(("proxies", _proxies)));
        Assert.Equal("m.1.weight", filled.Record.Head);
        Assert.Empty(filled.Warnings);
    }

    [Fact]
    public void A_head_without_bias_gets_zeros_and_a_warning()
    {
        var warnings = Fill(Model("", ("head.weight", _weight)), Saved(("proxies", _proxies))).Warnings;
        Assert.Equal(["model.pth: head.weight has no bias beside it; the head's bias is zero."], warnings);
        AssertEqual(zeros(5), _model.Head.bias!);
    }

    [Theory]
    [InlineData("proxies")]
    [InlineData("criterion.proxies")]
    [InlineData("whatever")]
    public void Proxies_are_found_by_name_or_as_the_only_tensor_of_their_shape(string name)
    {
        Fill(Sound(), Saved((name, _proxies), ("other", zeros(7))));
        AssertEqual(_proxies, _loss.Proxies);
    }

    [Fact]
    public void Proxies_in_columns_are_transposed_and_told()
    {
        var warnings = Fill(Sound(), Saved(("fc", _proxies.t().contiguous()))).Warnings;
        Assert.Equal(["proxies.pth: fc has a column for each proxy and was transposed."], warnings);
        AssertEqual(_proxies, _loss.Proxies);
    }

    [Fact]
    public void Centres_of_SoftTriples_published_layout_come_to_their_classes()
    {
        // fc is (E, C*K); column c * K + k is centre k of class c. Its first number says which one it is.
        var fc = zeros(5, 6);
        for (var column = 0; column < 6; column++) fc[0, column] = (10 * (column / 2)) + (column % 2);
        using var loss = new SoftTripleLoss(new SoftTripleOptions { Centers = 2 }, new LossShape(3, 5, float32, CPU));
        new ModelImport(Sound(), Saved(("fc", fc)), allowPartial: false).Fill(_backbone, _model, loss);
        for (var row = 0; row < 6; row++) Assert.Equal((10 * (row / 2)) + (row % 2), loss.Proxies[row, 0].item<float>());
    }

    [Theory]
    [InlineData("fc", true)]
    [InlineData("proxies", false)]
    public void Of_a_square_matrix_the_name_tells_which_way_round_it_is(string name, bool transposed)
    {
        using var loss = new ProxyNcaPPLoss(new ProxyNcaPPOptions(), new LossShape(5, 5, float32, CPU));
        var square = arange(25, dtype: float32).view(5, 5);
        new ModelImport(Sound(), Saved((name, square)), allowPartial: false).Fill(_backbone, _model, loss);
        AssertEqual(transposed ? square.t() : square, loss.Proxies);
    }

    [Fact]
    public void Proxies_may_stand_beside_the_weights_and_in_a_bare_array()
    {
        using var folder = new TemporaryFolder();
        Fill(Model("", ("head.weight", _weight), ("head.bias", _bias), ("loss.proxies", _proxies)), null);
        AssertEqual(_proxies, _loss.Proxies);
        NpyFile.Write(folder.File("p.npy"), _proxies + 1);
        Fill(Sound(), WeightsFile.Open(folder.File("p.npy")));
        AssertEqual(_proxies + 1, _loss.Proxies);
    }

    [Fact]
    public void What_does_not_fit_is_refused_and_changes_nothing()
    {
        var p = Saved(("proxies", _proxies));
        Refuse(
            "model.pth: expected a head beside the backbone, NAME.weight (5, 4) and NAME.bias (5), found none; "
                + "save the backbone and its embedding layer together.",
            Model(""), p);
        Refuse(
            "model.pth: expected a head of training.embeddingSize = 5 rows, found head.weight Float32 (8, 4); set training.embeddingSize to 8.",
            Model("", ("head.weight", ones(8, 4))), p);
        Refuse(
            "model.pth: expected one head of shape (5, 4), found a.weight, b.weight; choose with --head a.weight, or another of these.",
            Model("", ("a.weight", _weight), ("b.weight", _weight)), p);
        Refuse(
            "model.pth: expected head.bias to be Float32 (5), found Float32 (6); it must be the head that head.weight belongs to.",
            Model("", ("head.weight", _weight), ("head.bias", ones(6))), p);
        Refuse("model.pth: expected the loss's proxies, Float32 (3, 5), found none; give their file with --proxies.", Sound(), null);
        Refuse(
            "proxies.pth: expected proxies to be the loss's proxies, Float32 (3, 5), found Float32 (4, 5); "
                + "choose the dataset, the loss and its options, and the training.embeddingSize that the model was trained with.",
            Sound(), Saved(("proxies", zeros(4, 5))));
        Refuse(
            "proxies.pth: expected one tensor for the loss's proxies, Float32 (3, 5), found a Float32 (3, 5), b Float32 (5, 3); "
                + "choose with --proxies-key a, or another of these.",
            Sound(), Saved(("a", _proxies), ("b", zeros(5, 3))));
        Refuse(
            "model.pth: expected exactly the tensors of backbone and head, found 1 unknown (extra) and 0 missing (none); "
                + "choose the backbone that the file belongs to, or give --partial to take what fits.",
            Model("", ("head.weight", _weight), ("head.bias", _bias), ("extra", ones(1))), p);
    }

    [Fact]
    public void A_partial_fit_is_told()
    {
        var filled = new ModelImport(
            Model("", ("head.weight", _weight), ("head.bias", _bias), ("extra", ones(1))), Saved(("proxies", _proxies)), allowPartial: true)
            .Fill(_backbone, _model, _loss);
        Assert.Equal(
            ["model.pth fits the model in part: found 1 unknown (extra) and 0 missing (none); what is missing keeps its random values."], filled.Warnings);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_second_complete_backbone_is_refused_until_one_is_chosen_and_goes_with_what_stands_beside_it(bool allowPartial)
    {
        var file = TwoTowers("model.backbone.", "ema.backbone.", ("model.head.weight", _weight), ("ema.head.weight", _weight + 1));
        Assert.Equal(
            "model.pth: expected one backbone, found 2 complete ones, under \"ema.backbone.\" (7 tensors), \"model.backbone.\" (7 tensors); "
                + "choose with --prefix ema.backbone, or another of these.",
            Assert.Throws<DmlException>(() => Import(file, allowPartial)).ShownSentence());
        foreach (var (prefix, head, added) in new[] { ("model.backbone", "model.head.weight", 0), ("ema.backbone.", "ema.head.weight", 1) })
        {
            var (record, warnings) = Import(file, allowPartial, new(prefix));
            Assert.Equal((prefix.TrimEnd('.') + ".", head, new ImportChoice(prefix)), (record.Prefix, record.Head, record.Chosen));
            AssertEqual(_weight + added, _model.Head.weight!);
            AssertEqual(full([4, 3], added, dtype: float32), _model.Backbone.state_dict()["linear.weight"]);
            Assert.Equal(2, warnings.Count);
            Assert.StartsWith("model.pth holds another model, which was left out: ", warnings[1], StringComparison.Ordinal);
        }

        Assert.Equal(
            "model.pth: expected tensors of the backbone under \"teacher.\", found them under \"ema.backbone.\" (7 tensors), \"model.backbone.\" (7 tensors); "
                + "choose another --prefix.",
            Assert.Throws<DmlException>(() => Import(file, allowPartial, new("teacher"))).ShownSentence());
    }

    [Fact]
    public void A_backbone_without_a_prefix_beside_its_moving_average_is_refused_and_chosen_by_an_empty_prefix()
    {
        var file = TwoTowers("", "ema.", ("head.weight", _weight), ("ema.head.weight", _weight + 1));
        Assert.Contains("found 2 complete ones, under \"\" (7 tensors), \"ema.\" (7 tensors)", Assert.Throws<DmlException>(() => Import(file, true)).Message);
        Assert.Equal("head.weight", Import(file, false, new("")).Record.Head);
        Assert.Equal("ema.head.weight", Import(file, false, new("ema")).Record.Head);
    }

    [Fact]
    public void The_larger_of_two_parts_is_not_taken_silently_either()
    {
        var file = TwoTowers("model.", "ema.", ("head.weight", _weight));
        var cut = Saved([.. file.Tensors.Keys.Where(n => n is not ("model.norm.bias" or "ema.norm.bias" or "ema.norm.weight")).Select(n => (n, file.Load(n)))]);
        Assert.Contains("expected one backbone, found 2 parts of one, under", Assert.Throws<DmlException>(() => Import(cut, true)).Message);
        Assert.Contains("1 missing (norm.bias)", Import(cut, true, new("model")).Warnings[^1]);
    }

    [Fact]
    public void One_of_several_heads_and_proxies_is_chosen_by_name()
    {
        var file = Model("", ("a.weight", _weight), ("b.weight", _weight + 1), ("b.bias", _bias));
        var proxies = Saved(("old", _proxies + 1), ("new", _proxies));
        var (record, _) = new ModelImport(file, proxies, allowPartial: true, new(null, "b.weight", "new")).Fill(_backbone, _model, _loss);
        Assert.Equal(("b.weight", "new"), (record.Head, record.Loss["proxies"]));
        AssertEqual(_weight + 1, _model.Head.weight!);
        AssertEqual(_proxies, _loss.Proxies);
        Assert.Equal("b.weight", new ModelImport(file, proxies, allowPartial: true, new(null, "b", "new")).Fill(_backbone, _model, _loss).Record.Head);
        Assert.Equal(
            "--head: expected the name of a tensor in model.pth, found c; choose one of linear.weight, a.weight, b.weight.",
            Assert.Throws<DmlException>(() => Import(file, true, new(null, "c"))).ShownSentence());
        Assert.Equal(
            "--proxies-key: expected the name of a tensor in proxies.pth, found x; choose one of old, new.",
            Assert.Throws<DmlException>(() => new ModelImport(file, proxies, true, new(null, "a", "x")).Fill(_backbone, _model, _loss)).ShownSentence());
    }

    [Fact]
    public void A_weight_that_is_no_number_is_named_with_its_place_and_nothing_is_changed()
    {
        var nan = _weight.clone();
        nan[2, 3] = float.NaN;
        const string Remedy = "the training had diverged or the file is damaged, use weights that were saved before.";
        Refuse(
            $"model.pth: expected finite numbers in head.weight, found NaN (first at row 2, column 3); {Remedy}",
            Model("", ("head.weight", nan), ("head.bias", _bias)), Saved(("proxies", _proxies)));
        Refuse(
            $"proxies.pth: expected finite numbers in proxies, found infinity (first at row 0, column 0); {Remedy}", Sound(),
            Saved(("proxies", full([3, 5], float.PositiveInfinity))));
        using var module = _backbone.CreateModule();
        using (no_grad()) module.state_dict()["norm.running_var"][1] = float.NegativeInfinity;
        var file = WeightsFile.Read(
            TorchWriter.Archive([.. module.state_dict().Select(w => (w.Key, w.Value)), ("head.weight", _weight)]), "model.pth");
        Refuse($"model.pth: expected finite numbers in norm.running_var, found infinity (first at index 1); {Remedy}", file, Saved(("proxies", _proxies)));
    }

    [Fact]
    public void A_tensor_of_a_dtype_that_is_not_known_is_refused_where_it_is_a_weight_and_passed_over_elsewhere()
    {
        using var module = _backbone.CreateModule();
        (string, string, long[], byte[])[] Tensors(string unknown) =>
        [
            .. module.state_dict().Select(w => w.Key == unknown ? (w.Key, "F8_E4M3", w.Value.shape, new byte[w.Value.numel()])
                : RawSafeTensors.Of(w.Key, w.Value.is_floating_point() ? "F32" : "I64", w.Value.detach())),
            RawSafeTensors.Of("head.weight", "F32", _weight), RawSafeTensors.Of("loss.proxies", "F32", _proxies), ("scale", "F8_E4M3", [2], [1, 2]),
        ];
        Import(WeightsFile.Read(RawSafeTensors.Bytes(Tensors("")), "model.safetensors"), false, proxies: false);
        Assert.StartsWith(
            "model.safetensors: expected \"linear.bias\" in a dtype of F64, ",
            Assert.Throws<DmlException>(() => Import(WeightsFile.Read(RawSafeTensors.Bytes(Tensors("linear.bias")), "model.safetensors"), true)).Message);
    }

    public void Dispose()
    {
        _loss.Dispose();
        _model.Dispose();
        _scope.Dispose();
    }

    /// <summary>Two backbones, the weights of the second all 1 more than those of the first, which are 0.</summary>
    private WeightsFile TwoTowers(string one, string two, params (string, Tensor)[] more)
    {
        using var module = _backbone.CreateModule();
        return WeightsFile.Read(
            TorchWriter.Archive(
            [
                .. module.state_dict().Select(w => (one + w.Key, zeros_like(w.Value))), .. module.state_dict().Select(w => (two + w.Key, ones_like(w.Value))),
                .. more,
            ]),
            "model.pth");
    }

    private (ImportRecord Record, IReadOnlyList<string> Warnings) Import(
        WeightsFile weights, bool allowPartial, ImportChoice? choice = null, bool proxies = true) =>
        new ModelImport(weights, proxies ? Saved(("proxies", _proxies)) : null, allowPartial, choice).Fill(_backbone, _model, _loss);

    private WeightsFile Sound() => Model("", ("head.weight", _weight), ("head.bias", _bias));

    private WeightsFile Model(string prefix, params (string, Tensor)[] more)
    {
        using var module = _backbone.CreateModule();
        return WeightsFile.Read(TorchWriter.Archive([.. module.state_dict().Select(w => (prefix + w.Key, w.Value)), .. more]), "model.pth");
    }

    private static WeightsFile Saved(params (string, Tensor)[] tensors) => WeightsFile.Read(TorchWriter.Archive(tensors), "proxies.pth");

    private (ImportRecord Record, IReadOnlyList<string> Warnings) Fill(WeightsFile weights, WeightsFile? proxies) =>
        new ModelImport(weights, proxies, allowPartial: false).Fill(_backbone, _model, _loss);

    private void Refuse(string sentence, WeightsFile weights, WeightsFile? proxies)
    {
        Tensor[] All() => [.. ModelTensors.Of(_model, _loss).Select(t => t.Tensor)];
        var before = All().Select(t => t.clone()).ToList();
        Assert.Equal(sentence, Assert.Throws<DmlException>(() => Fill(weights, proxies)).ShownSentence());
        Assert.All(All().Zip(before), pair => Assert.True(pair.First.eq(pair.Second).all().item<bool>()));
    }

    private static void AssertEqual(Tensor expected, Tensor actual) => Assert.True(expected.eq(actual).all().item<bool>());
}
