using System.Text.Json;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>dml train and the commands that read its run.</summary>
/// <param name="tiny">A run of seed 0.</param>
[Collection(CommandLineCollection.Name)]
public sealed class TrainCommandTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private static readonly string[] Figures = ["model.safetensors", "features.safetensors", "scores.safetensors"];

    [Fact]
    public void A_run_folder_has_all_files_and_nothing_half_written()
    {
        Assert.All(TinyTraining.RunFiles, file => Assert.True(File.Exists(Path.Combine(tiny.Path, file)), file));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(tiny.Path)!, "*.partial", SearchOption.AllDirectories));
        using var dataset = Json(tiny.Path, "dataset.json");
        Assert.Equal(72, dataset.RootElement.GetProperty("training").GetArrayLength());
        Assert.Equal(48, dataset.RootElement.GetProperty("test").GetArrayLength());
        using var facts = Json(tiny.Path, "run.json");
        Assert.Equal(("cpu", 1), (facts.RootElement.GetProperty("device").GetString(), facts.RootElement.GetProperty("threads").GetInt32()));
    }

    [Fact]
    public void The_resolved_config_trains_the_same_model_again()
    {
        using var folder = new TemporaryFolder();
        DmlCommand.Succeed("train", Path.Combine(tiny.Path, "config.json"), "--out", folder.File("again"));
        Assert.Equal(tiny.Bytes("model.safetensors"), File.ReadAllBytes(folder.File("again/model.safetensors")));
        Assert.Equal(tiny.Bytes("config.json"), File.ReadAllBytes(folder.File("again/config.json")));
    }

    [Fact]
    public void The_resolved_config_finds_a_dataset_that_stands_relative_to_the_first_config()
    {
        using var folder = new TemporaryFolder();
        TinyTraining.CopyImages(tiny.Path, folder.File("images"));
        var first = TinyTraining.Train(folder, "first", "--set", TinyTraining.FolderDataset("images"));
        DmlCommand.Succeed("train", Path.Combine(first, "config.json"), "--out", folder.File("deeper/again"));
        Assert.Equal(File.ReadAllBytes(Path.Combine(first, "model.safetensors")), File.ReadAllBytes(folder.File("deeper/again/model.safetensors")));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_seed_others()
    {
        using var folder = new TemporaryFolder();
        string[] runs =
            [TinyTraining.Train(folder, "a", "--seed", "7"), TinyTraining.Train(folder, "b", "--seed", "7"), TinyTraining.Train(folder, "c", "--seed", "8")];
        foreach (var run in runs) DmlCommand.Succeed("influence", run, "--groups", "2");
        foreach (var file in Figures)
        {
            var (a, b, c) = (Read(runs[0], file), Read(runs[1], file), Read(runs[2], file));
            Assert.Equal(a, b);
            Assert.NotEqual(a, c);
        }
    }

    [Fact]
    public void A_run_is_replaced_only_when_that_is_asked_for()
    {
        using var folder = new TemporaryFolder();
        var run = TinyTraining.Train(folder, "run");
        File.WriteAllText(Path.Combine(run, "note.txt"), "of the old run");
        var old = Read(run, "model.safetensors");
        DmlCommand.Refuse(
            folder, "Expected a new folder for the run, found a run in {dir}/run; give --overwrite to replace it or choose another --out.", "train",
            folder.File("tiny.json"), "--out", "{dir}/run", "--seed", "1");
        Assert.Equal(old, Read(run, "model.safetensors"));
        TinyTraining.Train(folder, "run", "--seed", "1", "--overwrite");
        Assert.NotEqual(old, Read(run, "model.safetensors"));
        Assert.False(File.Exists(Path.Combine(run, "note.txt")));
        Assert.Equal(["run"], Directory.GetDirectories(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Known_noise_is_recorded_and_looked_for()
    {
        using var folder = new TemporaryFolder();
        var run = TinyTraining.Train(folder, "run", "--set", "noise.share=0.25");
        using var dataset = Json(run, "dataset.json");
        var noisy = dataset.RootElement.GetProperty("training").EnumerateArray().Where(s => s.TryGetProperty("trueLabel", out _)).ToList();
        Assert.Equal(18, noisy.Count);
        Assert.All(noisy, s => Assert.Equal(5, Math.Abs(s.GetProperty("label").GetInt32() - s.GetProperty("trueLabel").GetInt32())));
        Assert.Equal("numpy", dataset.RootElement.GetProperty("noise").GetProperty("source").GetString());
        foreach (var aggregate in new[] { "mean", "top1" })
        {
            var outcome = DmlCommand.Succeed("mislabel", run, "--aggregate", aggregate);
            Assert.StartsWith("Mislabelled found: ", outcome.Output, StringComparison.Ordinal);
            using var found = Json(run, "mislabel.json");
            Assert.Equal(18, found.RootElement.GetProperty("detection").GetProperty("mislabelled").GetInt32());
            Assert.Equal(18, found.RootElement.GetProperty("ranking").EnumerateArray().Count(s => s.GetProperty("mislabelled").GetBoolean()));
        }
    }

    [Fact]
    public void Given_noisy_samples_are_recorded_in_their_order_and_repeat_a_drawn_noise()
    {
        using var folder = new TemporaryFolder();
        var drawn = TinyTraining.Train(folder, "drawn", "--set", "noise.share=0.1", "--set", "noise.generator=system");
        using var first = Json(drawn, "dataset.json");
        var noise = first.RootElement.GetProperty("noise");
        Assert.Equal(("system", 7), (noise.GetProperty("source").GetString(), noise.GetProperty("indices").GetArrayLength()));
        var given = TinyTraining.Train(folder, "given", "--set", $"noise.indices={noise.GetProperty("indices").GetRawText()}");
        using var second = Json(given, "dataset.json");
        Assert.Equal("given", second.RootElement.GetProperty("noise").GetProperty("source").GetString());
        Assert.Equal(noise.GetProperty("indices").GetRawText(), second.RootElement.GetProperty("noise").GetProperty("indices").GetRawText());
        Assert.Equal(Read(drawn, "model.safetensors"), Read(given, "model.safetensors"));
        var training = second.RootElement.GetProperty("training");
        var mislabelled = Enumerable.Range(0, training.GetArrayLength()).Where(i => training[i].TryGetProperty("trueLabel", out _));
        Assert.Equal(noise.GetProperty("indices").EnumerateArray().Select(i => i.GetInt32()).Order(), mislabelled);
    }

    [Fact]
    public void The_explaining_commands_read_a_run()
    {
        using var folder = new TemporaryFolder();
        var evaluated = DmlCommand.Succeed("evaluate", tiny.Path, "--out", folder.Path).Output;
        Assert.Matches("^R@1 0\\.[0-9]{4}  R@2 ", evaluated);
        Assert.Equal(tiny.Bytes("metrics.json"), File.ReadAllBytes(folder.File("metrics.json")));
        Assert.Contains("(class0", DmlCommand.Succeed("confusions", tiny.Path, "--out", folder.Path).Output, StringComparison.Ordinal);
        DmlCommand.Succeed("influence", tiny.Path, "--out", folder.Path, "--pairs", "2", "--groups", "1");
        var influence = new InfluenceRun(folder.Path);
        Assert.Equal([3, 72], influence.Harm.shape);
        Assert.StartsWith("class0", influence.Top[0].Id, StringComparison.Ordinal);
        var mislabel = DmlCommand.Succeed("mislabel", tiny.Path, "--out", folder.Path).Output;
        Assert.StartsWith(
            "Ranked 72 training samples by suspicion; this run has no known label noise, so there is no curve to judge the ranking by.", mislabel,
            StringComparison.Ordinal);
        using var found = Json(folder.Path, "mislabel.json");
        Assert.False(found.RootElement.TryGetProperty("detection", out _));
        Assert.Equal(72, found.RootElement.GetProperty("ranking").GetArrayLength());
    }

    private static byte[] Read(string run, string file) => File.ReadAllBytes(Path.Combine(run, file));

    private static JsonDocument Json(string run, string file) => JsonDocument.Parse(File.ReadAllText(Path.Combine(run, file)));
}
