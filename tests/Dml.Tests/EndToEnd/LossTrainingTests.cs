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
        Assert.Equal("fast", new InfluenceRun(run).Targets[0].GetProperty("path").GetString());
        DmlCommand.Succeed("report", run);
        Assert.Equal(mean, !File.ReadAllText(Path.Combine(run, "report.html")).Contains("is no mean of samples", StringComparison.Ordinal));
    }
}
