using System.Text.Json;
using Dml.Engine.Features;
using Dml.Storage;
using Dml.Tests.Storage;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.EndToEnd;

/// <summary>dml import and dml export: a run whose model leaves through PyTorch's format and comes back is the same run.</summary>
/// <param name="tiny">A run that was trained here.</param>
[Collection(CommandLineCollection.Name)]
public sealed class ImportCommandTests(TinyRun tiny) : IClassFixture<TinyRun>, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();

    [Fact]
    public void A_state_dict_of_backbone_and_head_and_a_file_of_proxies_become_the_run_they_came_from()
    {
        WriteModel(legacy: false);
        var output = DmlCommand.Succeed(
            "import", TinyTraining.WriteConfig(_folder), "--weights", _folder.File("model.pth"), "--proxies", _folder.File("proxy.pth"),
            "--out", _folder.File("run")).Output;
        Assert.StartsWith("R@1 0.", output, StringComparison.Ordinal);
        foreach (var file in new[] { "model.safetensors", "features.safetensors" })
        {
            Assert.Equal(tiny.Bytes(file), File.ReadAllBytes(_folder.File("run/" + file)));
        }

        Assert.All(TinyTraining.RunFiles, file => Assert.True(File.Exists(_folder.File("run/" + file)), file));
        using var facts = JsonDocument.Parse(File.ReadAllText(_folder.File("run/run.json")));
        var origin = facts.RootElement.GetProperty("importedFrom");
        Assert.Equal(
            (_folder.File("model.pth"), "module.0.base.", "module.1.weight", _folder.File("proxy.pth"), "proxies"),
            (Text("weights"), Text("prefix"), Text("head"), Text("proxies"), origin.GetProperty("loss").GetProperty("proxies").GetString()));
        DmlCommand.Succeed("influence", _folder.File("run"), "--groups", "1");
        DmlCommand.Succeed("report", _folder.File("run"));

        string? Text(string key) => origin.GetProperty(key).GetString();
    }

    [Fact]
    public void The_legacy_form_and_this_projects_own_checkpoint_are_imported_too()
    {
        WriteModel(legacy: true);
        var config = TinyTraining.WriteConfig(_folder);
        DmlCommand.Succeed("import", config, "--weights", _folder.File("model.pth"), "--proxies", _folder.File("proxy.pth"), "--out", _folder.File("a"));
        DmlCommand.Succeed("import", config, "--weights", Path.Combine(tiny.Path, "model.safetensors"), "--out", _folder.File("b"));
        foreach (var run in new[] { "a", "b" })
        {
            Assert.Equal(tiny.Bytes("features.safetensors"), File.ReadAllBytes(_folder.File(run + "/features.safetensors")));
        }
    }

    [Fact]
    public void Mistakes_are_told_and_leave_nothing_behind()
    {
        WriteModel(legacy: false);
        var config = TinyTraining.WriteConfig(_folder);
        string[] Arguments(string weights, string proxies, params string[] more) =>
            ["import", config, "--weights", weights, "--proxies", proxies, "--out", "{dir}/run", .. more];
        DmlCommand.Refuse(
            _folder, "Expected a weights file (.pth, .pt, .safetensors or .npy) at {dir}/none.pth, found none; check the path.",
            Arguments("{dir}/none.pth", "{dir}/proxy.pth"));
        DmlCommand.Refuse(
            _folder,
            "{dir}/model.pth: expected a head of training.embeddingSize = 8 rows, found module.1.weight Float32 (16, 16); set training.embeddingSize to 16.",
            Arguments("{dir}/model.pth", "{dir}/proxy.pth", "--set", "training.embeddingSize=8"));
        DmlCommand.Refuse(
            _folder, "{dir}/proxy.pth: expected proxies to be the loss's proxies, Float32 (11, 16), found Float32 (12, 16); "
                + "choose the dataset, the loss and its options, and the training.embeddingSize that the model was trained with.",
            Arguments("{dir}/model.pth", "{dir}/proxy.pth", "--set", "dataset.trainingClasses=11"));
        var hostile = SavedModel.File("hostile-global.pth");
        Assert.Contains(
            "found weight (and, which cannot be read, x: posix.system); choose the backbone that the file belongs to.",
            DmlCommand.Run(["import", config, "--weights", hostile, "--out", _folder.File("run")]).Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("run")));
    }

    [Fact]
    public void The_case_of_two_towers_is_refused_and_the_choice_stands_in_the_run()
    {
        var file = Fixtures.Path("cases", "two-towers", "two_towers.pth");
        var arguments = CaseArguments(file);
        DmlCommand.Refuse(
            _folder, $"{file}: expected one backbone, found 2 complete ones, under \"ema.backbone.\" (18 tensors), \"model.backbone.\" (18 tensors); "
                + "choose with --prefix ema.backbone, or another of these.",
            [.. arguments, "--partial"]);
        DmlCommand.Succeed([.. arguments, "--prefix", "model.backbone"]);
        var origin = Facts().GetProperty("importedFrom");
        Assert.Equal(
            ("model.backbone.", "model.head.weight", "model.backbone"),
            (origin.GetProperty("prefix").GetString(), origin.GetProperty("head").GetString(), origin.GetProperty("chosen").GetProperty("prefix").GetString()));
        var weight = SafeTensors.Open(_folder.File("run/model.safetensors")).Load("backbone.blocks.0.conv.weight");
        Assert.True(weight.equal(WeightsFile.Open(file).Load("model.backbone.blocks.0.conv.weight")).all().item<bool>());
    }

    [Fact]
    public void The_case_of_foreign_objects_is_imported_and_the_run_names_them()
    {
        var file = Fixtures.Path("cases", "foreign-objects", "namespace.pth");
        var outcome = DmlCommand.Succeed(CaseArguments(file));
        var sentence = $"{file} holds objects of Python beside the weights; nothing of theirs was run or used: argparse.Namespace.";
        Assert.Contains(sentence, outcome.Error, StringComparison.Ordinal);
        Assert.Contains(sentence, Facts().GetProperty("warnings").EnumerateArray().Select(w => w.GetString()));
        var weight = SafeTensors.Open(_folder.File("run/model.safetensors")).Load("head.weight");
        Assert.True(weight.equal(WeightsFile.Open(file).Load("head.weight")).all().item<bool>());
    }

    private string[] CaseArguments(string file) =>
    [
        "import", TinyTraining.WriteConfig(_folder), "--weights", file, "--out", _folder.File("run"), "--set", "dataset.trainingClasses=4",
        "--set", "backbone.channels=[16,32,32]", "--set", "training.embeddingSize=8",
    ];

    private JsonElement Facts()
    {
        using var facts = JsonDocument.Parse(File.ReadAllText(_folder.File("run/run.json")));
        return facts.RootElement.Clone();
    }

    [Theory]
    [InlineData("safetensors")]
    [InlineData("npy")]
    public void Weights_features_and_embeddings_are_exported(string format)
    {
        DmlCommand.Succeed("export", tiny.Path, "--out", _folder.File("out"), "--format", format);
        var features = SafeTensors.Open(Path.Combine(tiny.Path, "features.safetensors"));
        Check("train_features", features.Load("train_features"), "features");
        Check("test_labels", features.Load("test_labels"), "embeddings");
        Check("head.weight", features.Load("head.weight"), "weights");

        // The oracle: plain loops over the arrays of the run.
        var (f, w, b) = (features.Load("test_features"), features.Load("head.weight"), features.Load("head.bias"));
        var expected = zeros(f.shape[0], w.shape[0], dtype: float64);
        for (var i = 0L; i < f.shape[0]; i++)
        {
            for (var e = 0L; e < w.shape[0]; e++) expected[i, e] = (f[i].to(float64) * w[e].to(float64)).sum() + b[e].to(float64);
        }

        Check("test_embeddings", expected.to(float32), "embeddings");
        string[] files = format == "npy" ? ["test_ids.json", "train_ids.json"] : ["embeddings.safetensors", "features.safetensors", "weights.safetensors"];
        Assert.All(files, file => Assert.True(File.Exists(_folder.File("out/" + file)), file));

        void Check(string name, Tensor value, string file)
        {
            var exported = format == "npy"
                ? NpyFile.Open(_folder.File($"out/{(file == "weights" ? "weights/" : "")}{name}.npy")).Load()
                : SafeTensors.Open(_folder.File($"out/{file}.safetensors")).Load(name);
            Assert.Equal(value.shape, exported.shape);
            Assert.True((exported.to(float64) - value.to(float64)).abs().max().item<double>() <= 1e-6, name);
        }
    }

    [Fact]
    public void The_evaluation_view_is_exported_where_a_run_keeps_it_apart()
    {
        var run = _folder.File("run");
        Directory.CreateDirectory(run);
        foreach (var file in Directory.GetFiles(tiny.Path)) File.Copy(file, Path.Combine(run, Path.GetFileName(file)));
        using var set = FeatureFile.Read(Path.Combine(run, "features.safetensors"));
        FeatureFile.Write(Path.Combine(run, "features.safetensors"), set with { EvaluationFeatures = set.TestFeatures + 1 });
        DmlCommand.Succeed("export", run, "--out", _folder.File("out"), "--format", "npy");
        var moved = NpyFile.Open(_folder.File("out/test_embeddings_evaluation.npy")).Load() - NpyFile.Open(_folder.File("out/test_embeddings.npy")).Load();

        // One more in every feature moves each dimension by its row sum of W.
        Assert.True((moved - set.HeadWeight.sum(1)).abs().max().item<float>() < 1e-4);
        Assert.Equal(set.TestFeatures.shape, NpyFile.Open(_folder.File("out/test_features_evaluation.npy")).Form.Shape);
    }

    [Fact]
    public void An_export_replaces_nothing()
    {
        _folder.Write("taken/file", "mine");
        DmlCommand.Refuse(
            _folder, "--out: expected a new or empty folder, found {dir}/taken with files in it; choose another --out.", "export", tiny.Path,
            "--out", "{dir}/taken");
        DmlCommand.Refuse(
            _folder, "Expected a run folder at {dir}/none, found none; `dml train CONFIG --out {dir}/none` makes one.", "export", "{dir}/none",
            "--out", "{dir}/out");
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    /// <summary>The tiny run's model as the published code saves it: DataParallel around Sequential(backbone in "base", head), and the proxies apart.</summary>
    private void WriteModel(bool legacy)
    {
        var checkpoint = SafeTensors.Open(Path.Combine(tiny.Path, "model.safetensors"));
        (string, Tensor)[] model =
        [
            .. checkpoint.Entries.Keys.Where(n => !n.StartsWith("loss.", StringComparison.Ordinal))
                .Select(n => (
                    n.Replace("backbone.", "module.0.base.", StringComparison.Ordinal).Replace("head.", "module.1.", StringComparison.Ordinal),
                    checkpoint.Load(n))),
        ];
        (string, Tensor)[] proxies = [("proxies", checkpoint.Load("loss.proxies"))];
        File.WriteAllBytes(_folder.File("model.pth"), legacy ? TorchWriter.Legacy(model) : TorchWriter.Archive(model));
        File.WriteAllBytes(_folder.File("proxy.pth"), legacy ? TorchWriter.Legacy(proxies) : TorchWriter.Archive(proxies));
    }
}
