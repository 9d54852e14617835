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
        Assert.NotEmpty(audit.RootElement.EnumerateObject());
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
