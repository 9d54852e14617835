using System.IO.Compression;
using System.Text.Json;
using Dml.Engine;
using Dml.Storage;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.EndToEnd;

/// <summary>A head on given features: all forms give one run, which every command takes.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class FitTests : IDisposable
{
    private const string Small = """{ "threads": 1, "device": "cpu", "loss": "proxy-nca-pp", "training": { "epochs": 3, "embeddingSize": 5 } }""";

    private readonly TemporaryFolder _folder = new();
    private readonly FitFiles _files = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task All_forms_of_the_same_features_give_the_same_head()
    {
        string[] forms =
        [
            _files.SafeTensorsFile(_folder.File("a.safetensors")), _files.SafeTensorsFile(_folder.File("half.safetensors"), ScalarType.Float16),
            _files.SafeTensorsFile(_folder.File("double.safetensors"), ScalarType.Float64),
            _files.NpzFile(_folder.File("stored.npz"), CompressionLevel.NoCompression), _files.NpzFile(_folder.File("deflated.npz"), CompressionLevel.Optimal),
            _files.NpyFolder(_folder.File("npy")), _files.FilesOfSplits(_folder.File("splits")), _files.OneNpzFile(_folder.File("one.npz")),
            await _files.ParquetFile(_folder.File("all.parquet")),
        ];
        var models = new List<byte[]>();
        foreach (var form in forms)
        {
            using var run = Fit(form, Path.GetFileName(form));
            models.Add(File.ReadAllBytes(Path.Combine(run.Path, "model.safetensors")));
            Assert.Equal(_files.TrainLabels, run.Model.TrainingLabels);
            Assert.Equal(_files.TestLabels, run.Model.TestLabels);
            Assert.Equal(8, run.ClassNames.Count);
        }

        Assert.All(models, model => Assert.Equal(models[0], model));
        using var pair = Run.Fit(
            _folder.File("splits/train.npz"), RunConfig.Parse(Small), _folder.File("pair"), testFeatures: _folder.File("splits/test.safetensors"));
        Assert.Equal(models[0], File.ReadAllBytes(Path.Combine(pair.Path, "model.safetensors")));
    }

    [Fact]
    public void An_mlp_head_is_the_plain_formula_and_its_features_are_the_hidden_activations()
    {
        using var scope = NewDisposeScope();
        using var run = Fit(_files.SafeTensorsFile(_folder.File("a.safetensors")), "mlp", c => c.Set("head.kind", "mlp").Set("head.hidden", 7));
        var weights = SafeTensors.Open(Path.Combine(run.Path, "model.safetensors"));
        var (v, c, w, b) = (Matrix(weights, "hidden.weight"), Matrix(weights, "hidden.bias"), Matrix(weights, "head.weight"), Matrix(weights, "head.bias"));
        Assert.Equal([7, FitFiles.Size], weights.Entries["hidden.weight"].Shape);
        var cached = SafeTensors.Open(Path.Combine(run.Path, "features.safetensors")).Load("train_features").data<float>().ToArray();
        var embedded = run.Embedder.Embed(tensor(_files.TrainFeatures).view(-1, FitFiles.Size)).data<float>().ToArray();
        Assert.Equal((FitFiles.Size, 7, 5), (run.Embedder.InputSize, run.Embedder.FeatureSize, run.Embedder.EmbeddingSize));
        for (var i = 0; i < _files.TrainLabels.Length; i++)
        {
            var hidden = new double[7];
            for (var h = 0; h < 7; h++)
            {
                double sum = c[h];
                for (var d = 0; d < FitFiles.Size; d++) sum += v[(h * FitFiles.Size) + d] * (double)_files.TrainFeatures[(i * FitFiles.Size) + d];
                hidden[h] = 0.5 * sum * (1 + Erf(sum / Math.Sqrt(2)));
                Assert.Equal(hidden[h], cached[(i * 7) + h], 1e-5);
            }

            for (var e = 0; e < 5; e++)
            {
                double sum = b[e];
                for (var h = 0; h < 7; h++) sum += w[(e * 7) + h] * hidden[h];
                Assert.Equal(sum, embedded[(i * 5) + e], 1e-5);
            }
        }
    }

    [Fact]
    public void A_step_of_an_mlp_moves_its_hidden_layer_against_the_gradient()
    {
        // One batch of plain gradient-like Adam: its first step is the learning rate against the sign of each gradient.
        using var scope = NewDisposeScope();
        var file = _files.SafeTensorsFile(_folder.File("a.safetensors"));
        Run Step(string name, int epochs) => Fit(file, name, c => c.Set("head.kind", "mlp").Set("head.hidden", 7).Set("training.epochs", epochs)
            .Set("training.batchClasses", 6).Set("training.batchImages", 7).Set("training.optimizer.headLearningRate", 0.001));
        using var before = Step("before", 0);
        using var after = Step("after", 1);
        var start = SafeTensors.Open(Path.Combine(before.Path, "model.safetensors")).Load("hidden.weight");
        var end = SafeTensors.Open(Path.Combine(after.Path, "model.safetensors")).Load("hidden.weight");
        var moves = (end - start).abs().data<float>().ToArray();
        Assert.All(moves, move => Assert.InRange(move, 0, 0.001 * 1.01));
        Assert.True(moves.Count(move => move > 0.00099) > 0.9 * moves.Length);
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("mlp")]
    public void A_frozen_backbone_gives_the_head_that_a_fit_on_its_features_gives(string kind)
    {
        string[] settings = ["--set", "training.mode=frozen", "--set", "training.epochs=2"];
        using var frozen = Run.Open(TinyTraining.Train(_folder, "frozen", [.. settings, "--set", $"head.kind={kind}"]));
        using var linear = Run.Open(TinyTraining.Train(_folder, "linear", settings));
        var config = RunConfig.Parse("""
            { "threads": 1, "device": "cpu", "loss": "proxy-nca-pp",
              "training": { "epochs": 2, "batchClasses": 4, "batchImages": 2, "embeddingSize": 16 } }
            """).Set("head.kind", kind);
        using var fit = Run.Fit(Path.Combine(linear.Path, "features.safetensors"), config, _folder.File("fit"));
        Assert.Equal(Tensors(fit, "head.", "hidden.", "loss."), Tensors(frozen, "head.", "hidden.", "loss."));
        Assert.Equal(fit.Quality.Recall[1], frozen.Quality.Recall[1]);
        Assert.Equal(5, frozen.Embedder.Embed([.. Directory.EnumerateFiles(frozen.Path, "*.png", SearchOption.AllDirectories).Take(5)]).shape[0]);
    }

    [Fact]
    public void Augmented_views_of_a_frozen_backbone_change_the_head_and_not_the_cached_features()
    {
        string[] settings = ["--set", "training.mode=frozen", "--set", "images.augmentation.kind=affine"];
        using var one = Run.Open(TinyTraining.Train(_folder, "one", settings));
        using var three = Run.Open(TinyTraining.Train(_folder, "three", [.. settings, "--set", "training.views=3"]));
        Assert.NotEqual(Tensors(one, "head."), Tensors(three, "head."));
        Assert.Equal(Cached(one), Cached(three));
    }

    [Fact]
    public void Of_several_views_one_is_drawn_a_step_and_the_first_is_cached()
    {
        using var scope = NewDisposeScope();
        var plain = _files.Arrays();
        var views = stack([plain[0].Tensor, plain[0].Tensor * 2, plain[0].Tensor * -1], 1);
        SafeTensors.Write(_folder.File("same.safetensors"), [.. plain.Skip(1), ("train_features", stack([plain[0].Tensor, plain[0].Tensor], 1))]);
        SafeTensors.Write(_folder.File("views.safetensors"), [.. plain.Skip(1), ("train_features", views)]);
        using var one = Fit(_files.SafeTensorsFile(_folder.File("a.safetensors")), "one");
        using var same = Fit(_folder.File("same.safetensors"), "same");
        using var several = Fit(_folder.File("views.safetensors"), "several");
        Assert.Equal(Tensors(one, "head."), Tensors(same, "head."));
        Assert.NotEqual(Tensors(one, "head."), Tensors(several, "head."));
        Assert.Equal(Cached(one), Cached(several));
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("mlp")]
    public void A_fit_that_is_stopped_and_resumed_ends_with_the_same_bytes(string kind)
    {
        var file = _files.SafeTensorsFile(_folder.File("a.safetensors"));
        RunConfig Config(RunConfig c) => c.Set("head.kind", kind).Set("training.checkpointSeconds", 0).Set("training.tensorBoard", false);
        using var whole = Fit(file, "whole", Config);
        using var stop = new CancellationTokenSource();
        var progress = new StopAt("train epoch 2 of 3", 1, stop);
        Assert.ThrowsAny<OperationCanceledException>(
            () => Run.Fit(file, Config(RunConfig.Parse(Small)), _folder.File("cut"), progress: progress, cancellationToken: stop.Token));
        using var resumed = Run.Resume(_folder.File("cut"));
        foreach (var name in new[] { "model.safetensors", "features.safetensors", "metrics.json", "dataset.json" })
        {
            if (name == "metrics.json") Assert.Equal(whole.Quality.Recall[1], resumed.Quality.Recall[1]);
            else Assert.Equal(File.ReadAllBytes(Path.Combine(whole.Path, name)), File.ReadAllBytes(Path.Combine(resumed.Path, name)));
        }
    }

    [Fact]
    public void Classes_keep_their_names_whatever_their_numbers()
    {
        using var scope = NewDisposeScope();
        var arrays = _files.Arrays();
        SafeTensors.Write(
            _folder.File("a.safetensors"), [arrays[0], ("train_labels", (arrays[1].Tensor * 10) + 3), arrays[2], ("test_labels", (arrays[3].Tensor * 10) + 3)]);
        using var numbers = Fit(_folder.File("a.safetensors"), "numbers");
        Assert.Equal(["3", "13", "23", "33", "43", "53", "63", "73"], numbers.ClassNames);
        Assert.Equal(_files.TestLabels, numbers.Model.TestLabels);

        // Class 0 is of the test split alone: it comes behind the training classes.
        FitFiles.Zip(_folder.File("b.npz"), CompressionLevel.NoCompression,
        [
            ("train_features", FitFiles.Npy(arrays[0].Tensor)), ("train_labels", FitFiles.Npy(arrays[1].Tensor + 1)),
            ("test_features", FitFiles.Npy(arrays[2].Tensor)), ("test_labels", FitFiles.Npy(arrays[3].Tensor)),
            ("class_names", FitFiles.Text(["zero", "one", "two", "three", "four", "five", "six", "seven"])),
        ]);
        using var named = Fit(_folder.File("b.npz"), "named");
        Assert.Equal(["one", "two", "three", "four", "five", "six", "zero", "seven"], named.ClassNames);
        Assert.Equal("zero", named.ClassNames[(int)named.Model.TestLabels[0]]);
    }

    [Fact]
    public void Ids_paths_groups_queries_and_a_gallery_stand_in_the_dataset_and_reports_show_the_pictures()
    {
        using var scope = NewDisposeScope();
        var arrays = _files.Arrays();
        var picture = TinyTraining.Train(_folder, "images");
        picture = Directory.EnumerateFiles(picture, "*.png", SearchOption.AllDirectories).First();
        File.Copy(picture, _folder.File("a.png"));
        var test = arrays[2].Tensor.shape[0];
        FitFiles.Zip(_folder.File("a.npz"), CompressionLevel.NoCompression,
        [
            ("features", FitFiles.Npy(cat([arrays[0].Tensor, arrays[2].Tensor]))), ("labels", FitFiles.Npy(cat([arrays[1].Tensor, arrays[3].Tensor]))),
            ("split", FitFiles.Text([.. _files.TrainLabels.Select(_ => "train"), .. _files.TestLabels.Select((_, i) => i % 2 == 0 ? "query" : "gallery")])),
            ("paths", FitFiles.Text([.. Enumerable.Repeat("a.png", (int)(_files.TrainLabels.Length + test))])),
            ("ids", FitFiles.Npy(arange(_files.TrainLabels.Length + test))), ("groups", FitFiles.Text([.. Enumerable.Repeat("camera 1", (int)(48 + test))])),
        ]);
        using var run = Fit(_folder.File("a.npz"), "run");
        using var dataset = JsonDocument.Parse(File.ReadAllText(Path.Combine(run.Path, "dataset.json")));
        Assert.Equal(16, dataset.RootElement.GetProperty("queryCount").GetInt32());
        var sample = dataset.RootElement.GetProperty("test")[1];
        Assert.Equal(("50", _folder.File("a.png"), "camera 1"),
            (sample.GetProperty("id").GetString(), sample.GetProperty("file").GetString(), sample.GetProperty("group").GetString()));
        DmlCommand.Succeed("influence", run.Path);
        DmlCommand.Succeed("report", run.Path);
        Assert.Contains("background-image:url(data:image/png", File.ReadAllText(Path.Combine(run.Path, "report.html")));
    }

    [Fact]
    public void Without_a_test_split_training_samples_are_searched_among_themselves_and_that_is_said()
    {
        using var scope = NewDisposeScope();
        SafeTensors.Write(_folder.File("a.safetensors"), [.. _files.Arrays().Take(2)]);
        using var run = Fit(_folder.File("a.safetensors"), "run");
        Assert.Equal(run.Model.TrainingLabels, run.Model.TestLabels);
        Assert.Equal(run.Model.TrainingIds, run.Model.TestIds);
        Assert.Contains("There is no test split: the training samples are searched among themselves", File.ReadAllText(Path.Combine(run.Path, "run.json")));
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("mlp")]
    public void Every_command_takes_a_fit(string kind)
    {
        var file = _files.SafeTensorsFile(_folder.File("a.safetensors"));
        var run = _folder.File("run");
        DmlCommand.Succeed(
            "fit", "--features", file, "--loss", "proxy-nca-pp", "--set", "training.epochs=2", "--set", "training.embeddingSize=5",
            "--set", $"head.kind={kind}", "--set", "threads=1", "--out", run);
        foreach (var command in new[] { "confusions", "influence", "mislabel", "evaluate", "report" }) DmlCommand.Succeed(command, run);
        DmlCommand.Succeed("verify", run, "--subsets", "8");
        DmlCommand.Succeed("experiment", "samples", run, "--out", _folder.File("samples"));
        DmlCommand.Succeed("experiment", "confusion-table", run, "--set", "experiment.augment=published", "--out", _folder.File("table"));
        DmlCommand.Succeed("check", run);
        DmlCommand.Succeed("export", run, "--out", _folder.File("exported"));
        DmlCommand.Succeed("influence", "--features", _folder.File("exported"), "--loss", "proxy-nca-pp", "--out", _folder.File("explained"));
        DmlCommand.Succeed(
            "fit", "--features", _folder.File("exported"), "--loss", "proxy-nca-pp", "--set", "training.epochs=1", "--out", _folder.File("again"));
        Assert.Contains("which was fitted on given features", DmlCommand.Run("experiment", "runtime", run, "--out", _folder.File("runtime")).Error);
        Assert.Equal(kind == "mlp", File.ReadAllText(Path.Combine(run, "influence.json")).Contains("the last layer alone", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("train_feature", "rename \"train_feature\" to \"train_features\" if that is meant.")]
    [InlineData("embeddings", "expected an array \"train_features\", or \"features\", found embeddings, train_labels; name the array \"train_features\".")]
    public void A_missing_array_is_named_with_what_was_found(string name, string remedy)
    {
        using var scope = NewDisposeScope();
        var arrays = _files.Arrays();
        SafeTensors.Write(_folder.File("a.safetensors"), [(name, arrays[0].Tensor), arrays[1]]);
        Assert.EndsWith(remedy, Refusal());
    }

    [Fact]
    public void Features_that_cannot_be_fitted_are_refused_in_one_sentence_and_leave_nothing()
    {
        using var scope = NewDisposeScope();
        var (features, labels) = (_files.Arrays()[0].Tensor, _files.Arrays()[1].Tensor);
        var broken = features.clone();
        broken[3, 2] = float.NaN;
        AssertRefused(
            [("train_features", broken), ("train_labels", labels)], "expected finite numbers in \"train_features\", found NaN (first at row 3, column 2)");
        AssertRefused([("train_features", features), ("train_labels", labels[..5])], "expected \"train_labels\" with 48 values, one for each sample");
        AssertRefused([("train_features", features), ("train_labels", labels - 1)], "expected labels from 0, found -1");
        AssertRefused([("train_features", features.view(-1)), ("train_labels", labels)], "expected \"train_features\" of shape (samples, features)");
        AssertRefused(
            [("train_features", features), ("train_labels", labels), ("test_features", features[.., ..5]), ("test_labels", labels)],
            "expected 12 features a sample, as the training split");
        AssertRefused([("test_features", features), ("test_labels", labels)], "expected training samples, found");
        AssertRefused([("train_features", features), ("train_labels", labels), ("ids", labels)], null);

        void AssertRefused(IReadOnlyList<(string, Tensor)> arrays, string? sentence)
        {
            SafeTensors.Write(_folder.File("a.safetensors"), arrays);
            if (sentence is not null) Assert.Contains(sentence, Refusal());
            else Fit(_folder.File("a.safetensors"), "run").Dispose();
        }
    }

    [Theory]
    [InlineData("dataset={\"name\":\"glyphs\"}", "expected none beside features")]
    [InlineData("training.mode=validate", "training.mode: expected full for given features, found validate")]
    [InlineData("training.views=2", "training.views: expected 1 for given features")]
    [InlineData("training.precision=bfloat16", "training.precision: expected float32 for given features")]
    [InlineData("head.hidden=4", "head.hidden: expected null for a linear head, found 4")]
    [InlineData("images.size=4", "unknown section \"images\"")]
    [InlineData("training.epoch=4", "unknown key \"epoch\"; did you mean \"epochs\"?")]
    public void Settings_that_do_not_fit_given_features_are_refused(string setting, string sentence)
    {
        var outcome = DmlCommand.Run(
            "fit", "--features", _files.SafeTensorsFile(_folder.File("a.safetensors")), "--loss", "proxy-nca-pp", "--set", setting,
            "--out", _folder.File("run"));
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(sentence, outcome.LastErrorLine);
        Assert.Equal(["a.safetensors"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    private static float[] Matrix(SafeTensors file, string name) => file.Load(name).data<float>().ToArray();

    private static Dictionary<string, string> Tensors(Run run, params IReadOnlyList<string> prefixes)
    {
        using var scope = NewDisposeScope();
        var file = SafeTensors.Open(Path.Combine(run.Path, "model.safetensors"));
        return file.Entries.Keys.Where(name => prefixes.Any(p => name.StartsWith(p, StringComparison.Ordinal)))
            .ToDictionary(name => name, name => Convert.ToHexString(file.Load(name).bytes), StringComparer.Ordinal);
    }

    private static string Cached(Run run)
    {
        using var features = SafeTensors.Open(Path.Combine(run.Path, "features.safetensors")).Load("train_features");
        return Convert.ToHexString(features.bytes);
    }

    /// <summary>The error function by its Maclaurin series in the middle, and its limits beyond.</summary>
    private static double Erf(double x)
    {
        if (Math.Abs(x) > 5) return Math.Sign(x);
        var (sum, term) = (0.0, x);
        for (var n = 0; n < 200; n++)
        {
            sum += term / ((2 * n) + 1);
            term *= -x * x / (n + 1);
        }

        return 2 / Math.Sqrt(Math.PI) * sum;
    }

    private string Refusal()
    {
        var before = Directory.EnumerateFileSystemEntries(_folder.Path).Order().ToList();
        var refusal = Assert.Throws<DmlException>(() => Fit(_folder.File("a.safetensors"), "run"));
        Assert.Equal(before, Directory.EnumerateFileSystemEntries(_folder.Path).Order());
        return refusal.Message;
    }

    private Run Fit(string file, string name, Func<RunConfig, RunConfig>? change = null) =>
        Run.Fit(file, (change ?? (c => c))(RunConfig.Parse(Small)), _folder.File("run-" + name));

    /// <summary>Stops a training within an epoch.</summary>
    private sealed class StopAt(string stage, long done, CancellationTokenSource stop) : IProgress<ProgressReport>
    {
        public void Report(ProgressReport value)
        {
            if (value.Stage == stage && value.Done >= done) stop.Cancel();
        }
    }
}
