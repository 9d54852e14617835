using System.Text.Json;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>A run whose batches a plugin draws.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class SamplerPluginRunTests
{
    private static readonly string[] Plugins = ["--plugins", Path.Combine((string)AppContext.GetData("Dml.TestPluginsDir")!, "Good")];

    [Fact]
    public void It_trains_by_the_plugin_and_a_mean_of_samples_is_explained_without_it()
    {
        using var folder = new TemporaryFolder();
        var run = TinyTraining.Train(folder, "run", [.. Plugins, "--set", """training.sampler={ "name": "power", "power": 0 }"""]);
        using var written = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "config.json")));
        var sampler = written.RootElement.GetProperty("training").GetProperty("sampler");
        Assert.Equal("""{"name":"power","power":0}""", JsonSerializer.Serialize(sampler));
        using var facts = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "run.json")));
        Assert.True(facts.RootElement.GetProperty("plugins").TryGetProperty("Good", out _));

        DmlCommand.Succeed("evaluate", run);
        DmlCommand.Succeed("influence", run, "--groups", "2");
        DmlCommand.Succeed(["train", Path.Combine(run, "config.json"), "--out", folder.File("again"), .. Plugins]);
        var balanced = TinyTraining.Train(folder, "balanced");
        byte[] Weights(string of) => File.ReadAllBytes(Path.Combine(of, "model.safetensors"));
        Assert.Equal(Weights(run), Weights(folder.File("again")));
        Assert.NotEqual(Weights(run), Weights(balanced));

        var error = DmlCommand.Run("train", Path.Combine(run, "config.json"), "--out", folder.File("more"));
        Assert.Equal(1, error.ExitCode);
        Assert.EndsWith(
            "training.sampler.name: unknown sampler \"power\"; valid: balanced, random. "
                + "A plugin of your own is found by --plugins DIR, or once `dml plugins add PACKAGE` has installed it.",
            error.LastErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_that_is_no_mean_of_samples_is_explained_over_its_batches_and_not_without_it()
    {
        using var folder = new TemporaryFolder();
        var run = TinyTraining.Train(folder, "run", [.. Plugins, "--set", "loss=supcon", "--set", "training.sampler=power"]);
        DmlCommand.Succeed(["influence", run, "--groups", "2", .. Plugins]);
        using var explained = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "influence.json")));

        // 72 samples, 8 passes, batches of 4 classes x 2 images.
        Assert.All(
            explained.RootElement.GetProperty("targets").EnumerateArray(),
            target => Assert.Contains("72 batches of 8 by the training's sampler", target.GetProperty("path").GetString(), StringComparison.Ordinal));
        var error = DmlCommand.Run("influence", run, "--groups", "2");
        Assert.Equal(1, error.ExitCode);
        Assert.Equal(
            "training.sampler: expected the sampler plugin power, by whose batches the model was trained and is explained, found no plugin of that name; "
                + "name its folder with --plugins DIR.",
            error.LastErrorLine);
    }

    [Theory]
    [InlineData("power")]
    [InlineData("gap")]
    [InlineData("hardest")]
    public void Conformance_is_tried_by_name(string name) =>
        Assert.Contains("keeps its contract", DmlCommand.Succeed(["conform", name, .. Plugins]).Output, StringComparison.Ordinal);
}
