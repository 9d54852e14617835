using System.Text.Json;
using Dml.Storage;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>Losses from a config to the report.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class LossTrainingTests
{
    [Theory]
    [InlineData("""loss={"name": "softtriple"}""", 12, true)]
    [InlineData("""loss={"name": "softtriple", "centers": 3}""", 36, true)]
    [InlineData("""loss={"name": "proxy-anchor"}""", 12, false)]
    [InlineData("""loss={"name": "arcface", "scale": 16}""", 12, true)]
    [InlineData("""loss={"name": "subcenter-arcface", "scale": 16}""", 36, true)]
    [InlineData("""loss={"name": "proxy-nca", "scale": 3}""", 12, true)]
    public void A_run_trains_and_explains_with_the_loss_and_its_report_says_what_the_scores_speak_of(string loss, int proxies, bool mean)
    {
        using var folder = new TemporaryFolder();
        var run = TinyTraining.Train(folder, "run", "--set", loss, "--set", "training.epochs=4");
        Assert.Equal([proxies, 16], SafeTensors.Open(Path.Combine(run, "model.safetensors")).Entries["loss.proxies"].Shape);
        using var metrics = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "metrics.json")));
        var losses = metrics.RootElement.GetProperty("epochs").EnumerateArray().Select(e => e.GetProperty("loss").GetDouble()).ToList();
        Assert.True(losses[^1] < losses[0]);
        DmlCommand.Succeed("influence", run, "--groups", "2");
        Assert.StartsWith(mean ? "fast" : "shares of ", new InfluenceRun(run).Targets[0].GetProperty("path").GetString(), StringComparison.Ordinal);
        DmlCommand.Succeed("report", run);
        Assert.Equal(mean, !File.ReadAllText(Path.Combine(run, "report.html")).Contains("is no mean of samples", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("multi-similarity")]
    [InlineData("lifted-structure")]
    [InlineData("composed")]
    [InlineData("""{ "name": "xbm", "loss": "supcon", "size": 72, "warmUp": 20 }""")]
    public void A_loss_of_pairs_trains_and_every_command_explains_it(string loss)
    {
        using var folder = new TemporaryFolder();
        var run = TinyTraining.Train(folder, "run", "--set", $"loss={loss}", "--set", "training.epochs=4");
        foreach (var estimator in new[] { "eif", "if", "tracin" })
        {
            DmlCommand.Succeed("influence", run, "--groups", "2", "--estimator", estimator, "--out", folder.File(estimator));
            var path = new InfluenceRun(folder.File(estimator)).Targets[0].GetProperty("path").GetString()!;
            Assert.Contains("shares of 72 batches of 4 x 2", path, StringComparison.Ordinal);
        }

        DmlCommand.Succeed("influence", run, "--groups", "2", "--set", "estimator.shares.of=full", "--out", folder.File("full"));
        Assert.Equal("shares of the whole training set", new InfluenceRun(folder.File("full")).Targets[0].GetProperty("path").GetString());
        DmlCommand.Succeed("mislabel", run, "--scorer", "self-influence", "--out", folder.File("self"));
        DmlCommand.Succeed("mislabel", run, "--scorer", "loss", "--out", folder.File("loss"));
        DmlCommand.Succeed("verify", run, "--groups", "2", "--subsets", "8", "--steps", "2", "--estimators", "tracin,random", "--out", folder.File("verify"));
    }

    [Fact]
    public void A_sum_of_one_loss_trains_as_that_loss()
    {
        using var folder = new TemporaryFolder();
        var alone = TinyTraining.Train(folder, "alone", "--set", """loss={"name": "softtriple", "centers": 2}""");
        const string Sum = """loss={"name": "composed", "parts": [{"loss": {"name": "softtriple", "centers": 2}}]}""";
        var sum = TinyTraining.Train(folder, "sum", "--set", Sum);
        foreach (var file in new[] { "model.safetensors", "features.safetensors" })
        {
            Assert.True(File.ReadAllBytes(Path.Combine(alone, file)).SequenceEqual(File.ReadAllBytes(Path.Combine(sum, file))), file);
        }

        using var run = JsonDocument.Parse(File.ReadAllText(Path.Combine(sum, "run.json")));
        Assert.True(run.RootElement.GetProperty("versions").TryGetProperty("Losses.SoftTriple", out _));
        var outcome = DmlCommand.Run("mislabel", sum, "--scorer", "aum");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("expected a loss with class proxies for aum", outcome.LastErrorLine, StringComparison.Ordinal);
    }
}
