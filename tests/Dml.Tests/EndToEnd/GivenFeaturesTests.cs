using System.Text.Json;
using Dml.Engine;
using Dml.Storage;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.EndToEnd;

/// <summary>Features of a foundation model without a head, and features with the head that they were trained with.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class GivenFeaturesTests
{
    [Fact]
    public void Features_without_a_head_are_evaluated_and_audited_as_embeddings()
    {
        using var folder = new TemporaryFolder();
        var file = WithoutHead(folder);
        var outcome = DmlCommand.Succeed("evaluate", "--features", file, "--out", folder.File("e"));
        using var model = Model.FromFeatures(file);
        Assert.Equal(PlainRecall(file), model.Evaluate().Recall[1], 1e-12);
        Assert.Contains("R@1", outcome.Output, StringComparison.Ordinal);
        DmlCommand.Succeed("audit", "--features", file, "--out", folder.File("a"));
        using var audit = JsonDocument.Parse(File.ReadAllText(folder.File("a/audit.json")));
        var ran = audit.RootElement.GetProperty("sections").EnumerateArray().ToDictionary(
            s => s.GetProperty("check").GetString()!, s => s.GetProperty("ran").GetBoolean());
        Assert.True(ran["labels"]);
        Assert.True(ran["duplicates"]);
        Assert.False(ran["blame"]);
        DmlCommand.Refuse(
            folder, $"--features {file}: expected arrays with the head that they were trained with, head.weight (E, D), found none; `dml fit` trains one.",
            "report", "--features", file, "--loss", "proxy-nca-pp", "--out", "{dir}/run");
    }

    [Fact]
    public void A_report_of_features_with_their_head_is_of_a_run_that_explains_as_the_features_do()
    {
        using var folder = new TemporaryFolder();
        var run = folder.File("run");
        DmlCommand.Succeed("report", "--features", FeatureTensors.GoldenFile, "--loss", "proxy-nca-pp", "--out", run);
        Assert.True(File.Exists(Path.Combine(run, "report.html")));
        DmlCommand.Succeed("influence", run, "--pair", "0:199", "--out", folder.File("of-run"));
        DmlCommand.Succeed(
            "influence", "--features", FeatureTensors.GoldenFile, "--loss", "proxy-nca-pp", "--pair", "0:199", "--out", folder.File("of-file"));
        using var first = SafeTensors.Open(folder.File("of-run/scores.safetensors")).Load("harm");
        using var second = SafeTensors.Open(folder.File("of-file/scores.safetensors")).Load("harm");
        Assert.True(first.allclose(second, 1e-4, 1e-7));
    }

    [Fact]
    public void A_run_is_not_given_what_only_features_take()
    {
        using var folder = new TemporaryFolder();
        DmlCommand.Refuse(folder, "--loss: expected it with --features only, found it with a run; leave it out.", "report", "{dir}", "--loss", "x");
        DmlCommand.Refuse(folder, "Expected either a run folder or --features FILE, found neither; give one of them.", "report");
    }

    [Theory]
    [InlineData("features", "Split", "expected \"split\" to say which samples are of which split, found \"Split\"; rename it.")]
    [InlineData("feature", "split", "found feature, labels, split; rename \"feature\" to \"features\" if that is meant.")]
    [InlineData("train_features", "split", "expected one array of all features beside \"split\", found arrays of a split; name them \"features\"")]
    public void A_misspelt_array_never_puts_test_samples_into_the_training(string features, string split, string sentence)
    {
        using var folder = new TemporaryFolder();
        using var golden = new FeatureTensors();
        var count = golden["train_features"].shape[0];
        var path = folder.File("table");
        Directory.CreateDirectory(path);
        NpyFile.Write(Path.Combine(path, features + ".npy"), golden["train_features"]);
        NpyFile.Write(Path.Combine(path, features.Replace("features", "labels", StringComparison.Ordinal).Replace("feature", "labels", StringComparison.Ordinal)
            + ".npy"), golden["train_labels"]);
        string[] splits = [.. Enumerable.Range(0, (int)count).Select(i => i % 3 == 0 ? "test" : "train")];
        File.WriteAllBytes(Path.Combine(path, split + ".npy"), FitFiles.Text(splits));
        var outcome = DmlCommand.Run("fit", "--features", path, "--loss", "proxy-nca-pp", "--out", folder.File("run"));
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(sentence, outcome.LastErrorLine, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("run")));
    }

    [Fact]
    public void An_empty_text_in_place_of_a_path_is_told()
    {
        var outcome = DmlCommand.Run("confusions", "");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal("RUN: expected a value, found an empty text; give one (a variable of the shell may not be set).", outcome.LastErrorLine);
    }

    private static string WithoutHead(TemporaryFolder folder)
    {
        using var golden = new FeatureTensors();
        var path = folder.File("headless.safetensors");
        string[] names = ["train_features", "train_labels", "test_features", "test_labels"];
        SafeTensors.Write(path, [.. names.Select(name => (name, golden[name]))]);
        return path;
    }

    private static double PlainRecall(string file)
    {
        using var scope = NewDisposeScope();
        var tensors = SafeTensors.Open(file);
        var (features, labels) = (tensors.Load("test_features").to(float64), tensors.Load("test_labels").to(int64).data<long>().ToArray());
        var right = 0;
        for (var i = 0; i < labels.Length; i++)
        {
            var distances = (features - features[i]).pow(2).sum(1);
            distances[i] = double.PositiveInfinity;
            if (labels[distances.argmin().item<long>()] == labels[i]) right++;
        }

        return right / (double)labels.Length;
    }
}
