using System.Text.Json;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>A run whose learning rates follow a plugin.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class SchedulePluginRunTests
{
    private static readonly string Plugins = Path.Combine((string)AppContext.GetData("Dml.TestPluginsDir")!, "Good");

    [Fact]
    public void It_trains_by_the_plugin_and_is_evaluated_and_explained_without_it()
    {
        using var folder = new TemporaryFolder();
        string[] training = ["--plugins", Plugins, "--set", "training.epochs=4"];
        var run = TinyTraining.Train(folder, "run", [.. training, "--set", """training.schedule={ "name": "saw", "period": 3 }"""]);
        Assert.Equal([1, 1.0 / 2, 1.0 / 3, 1], Factors(run), (a, b) => Math.Abs(a - b) < 1e-12);
        using var written = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "config.json")));
        Assert.Equal(
            """{"name":"saw","period":3,"first":1}""",
            JsonSerializer.Serialize(written.RootElement.GetProperty("training").GetProperty("schedule")));
        using var facts = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "run.json")));
        Assert.Contains(facts.RootElement.GetProperty("versions").EnumerateObject(), version => version.Name == "Good");

        Assert.True(facts.RootElement.GetProperty("plugins").TryGetProperty("Good", out _));

        DmlCommand.Succeed("evaluate", run);
        DmlCommand.Succeed("influence", run, "--groups", "2");
        var error = DmlCommand.Run("train", Path.Combine(run, "config.json"), "--out", folder.File("again"));
        Assert.Equal(1, error.ExitCode);
        Assert.Contains("training.schedule.name: unknown schedule \"saw\"; ", error.LastErrorLine, StringComparison.Ordinal);

        // What the engine's own schedule gives differs, and what the run wrote down trains to the same bytes.
        var constant = TinyTraining.Train(folder, "constant", training);
        DmlCommand.Succeed("train", Path.Combine(run, "config.json"), "--out", folder.File("again"), "--plugins", Plugins);
        byte[] Weights(string of) => File.ReadAllBytes(Path.Combine(of, "model.safetensors"));
        Assert.Equal(Weights(run), Weights(folder.File("again")));
        Assert.NotEqual(Weights(run), Weights(constant));
    }

    private static IEnumerable<double> Factors(string run)
    {
        var rates = File.ReadLines(Path.Combine(run, "log.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(entry => entry.GetProperty("event").GetString() == "epoch").Select(entry => entry.GetProperty("learningRate").GetDouble()).ToList();
        return rates.Select(rate => rate / rates[0]);
    }
}
