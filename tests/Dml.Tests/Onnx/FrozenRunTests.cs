using System.Text.Json;
using Dml.Engine;
using Dml.Storage;
using Dml.Tests.EndToEnd;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Onnx;

/// <summary>A head on a network that somebody else trained, on photographs, from training to the report.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class FrozenRunTests
{
    [Fact]
    public void A_head_on_a_frozen_network_is_trained_explained_audited_reported_and_exported()
    {
        using var folder = new TemporaryFolder();
        var run = Train(folder);
        using (var facts = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "run.json"))))
        {
            var backbone = facts.RootElement.GetProperty("backbone");
            var file = backbone.GetProperty("files")[0];
            Assert.Equal(folder.File("model.onnx"), file.GetProperty("file").GetString());
            Assert.Equal(FileHash.Of(Photographs.ResNet18), file.GetProperty("sha256").GetString());
            Assert.Contains("given", backbone.GetProperty("description").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(
            ["head.bias", "head.weight", "loss.proxies"],
            SafeTensors.Open(Path.Combine(run, "model.safetensors")).Entries.Keys.Order(StringComparer.Ordinal));
        foreach (var command in new[] { "confusions", "influence", "audit", "report", "check" }) DmlCommand.Succeed(command, run);
        var report = File.ReadAllText(Path.Combine(run, "report.html"));
        Assert.Contains("data:image/", report, StringComparison.Ordinal);
        Assert.Contains("id=\"audit\"", report, StringComparison.Ordinal);
        using (var opened = Run.Open(run, PluginCatalog.Default)) Assert.True(opened.Quality.Recall[1] > 0.8, $"R@1 {opened.Quality.Recall[1]}");

        var exported = DmlCommand.Succeed("export", run, "--onnx", folder.File("whole.onnx"));
        Assert.Contains("ONNX Runtime gives the same embeddings to within", exported.Output, StringComparison.Ordinal);
        Assert.Equal("", exported.Error);
        DmlCommand.Refuse(folder, $"--onnx: expected a new file, found the file {folder.File("whole.onnx")}; choose another, or give --overwrite.",
            "export", run, "--onnx", folder.File("whole.onnx"));

        // The model of the run is another one now: what looks at images anew is refused, and dml check names it.
        File.AppendAllBytes(folder.File("model.onnx"), [0x72, 0x06, 0x0A, 0x01, (byte)'a', 0x12, 0x01, (byte)'b']);
        var hash = FileHash.Of(Photographs.ResNet18);
        DmlCommand.Refuse(
            folder,
            $"{folder.File("model.onnx")}: expected the model that {run} was made with (SHA-256 {hash}), found another content; "
                + "put the file back, or train anew.",
            "embed", run, folder.File("photos/photo1/00.png"), "--out", folder.File("e.npy"));
        var check = DmlCommand.Run("check", run);
        Assert.Equal(1, check.ExitCode);
        Assert.Contains("another content than the backbone's model had when the run was made", check.Output + check.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_trained_on_a_frozen_network_is_refused_at_once()
    {
        using var folder = new TemporaryFolder();
        var config = Write(folder);
        void Refused(string sentence, string set) => DmlCommand.Refuse(folder, sentence, "train", config, "--out", folder.File("run"), "--set", set);
        Refused(
            "training.mode: expected frozen for the backbone onnx, of which nothing can be trained, found full; "
                + "give --set training.mode=frozen, or choose a backbone that is trained.",
            "training.mode=full");
        Refused(
            $"images.size: expected 224, the only side that {folder.File("model.onnx")} takes, found 64; give --set images.size=224.", "images.size=64");
        Refused(
            $"images.influenceView: expected crop, since {folder.File("model.onnx")} takes images of 224 x 224 pixels alone, found whole; "
                + "give --set images.influenceView=crop.",
            "images.influenceView=whole");
    }

    [Fact]
    public void A_trained_convnet_and_a_head_on_given_features_are_exported()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var run = TinyTraining.Train(folder, "run");
        var outcome = DmlCommand.Succeed("export", run, "--onnx", folder.File("convnet.onnx"), "--out", folder.File("arrays"));
        Assert.Contains("Wrote 3 files", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("ONNX Runtime gives the same embeddings to within", outcome.Output, StringComparison.Ordinal);
        Assert.Equal("0.5 0.5 0.5", OnnxFile.Open(folder.File("convnet.onnx")).Metadata["dml.mean"]);

        var fitted = folder.File("fitted");
        DmlCommand.Succeed(
            "fit", "--features", Path.Combine(run, "features.safetensors"), "--out", fitted, "--loss", "proxy-nca-pp",
            "--set", "training.epochs=2", "--set", "head.kind=mlp");
        var heads = DmlCommand.Succeed("export", fitted, "--onnx", folder.File("head.onnx"));
        Assert.Contains("it was not run, since", heads.Output, StringComparison.Ordinal);
        using var session = new Microsoft.ML.OnnxRuntime.InferenceSession(folder.File("head.onnx"));
        using var opened = Run.Open(fitted, PluginCatalog.Default);
        var features = randn(5, opened.Embedder.InputSize);
        using var value = Microsoft.ML.OnnxRuntime.OrtValue.CreateTensorValueFromMemory(features.data<float>().ToArray(), features.shape);
        using var options = new Microsoft.ML.OnnxRuntime.RunOptions();
        using var results = session.Run(options, ["features"], [value], ["embeddings"]);
        var expected = nn.functional.normalize(opened.Embedder.Embed(features), p: 2, dim: 1);
        var found = tensor(results[0].GetTensorDataAsSpan<float>().ToArray()).reshape(expected.shape);
        Assert.True((expected - found).abs().max().item<float>() < 1e-5);
        DmlCommand.Refuse(folder, "Expected --out DIR for arrays or --onnx FILE for a model, found neither; give one or both.", "export", run);
    }

    private static string Train(TemporaryFolder folder)
    {
        var config = Write(folder);
        DmlCommand.Succeed("train", config, "--out", folder.File("run"));
        return folder.File("run");
    }

    private static string Write(TemporaryFolder folder)
    {
        Photographs.WriteTree(folder.File("photos"), windows: 8, side: 200);
        File.Copy(Photographs.ResNet18, folder.File("model.onnx"));
        return folder.Write("frozen.json", """
            {
              "threads": 1,
              "device": "cpu",
              "dataset": { "name": "folder", "root": "photos", "training": ["0..2"], "test": ["3..5"] },
              "backbone": {
                "name": "onnx", "model": "model.onnx",
                "mean": [0.4850, 0.4580, 0.4076], "std": [0.0039215686, 0.0039215686, 0.0039215686], "channels": "bgr"
              },
              "loss": "proxy-nca-pp",
              "images": { "size": 224, "influenceView": "crop" },
              "training": { "mode": "frozen", "epochs": 20, "batchClasses": 3, "batchImages": 3, "embeddingSize": 16 }
            }
            """);
    }
}
