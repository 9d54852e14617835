using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>dml train --resume after a kill, and what it refuses.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class ResumeCommandTests
{
    private static readonly string[] SameBytes = ["model.safetensors", "features.safetensors", "metrics.json", "dataset.json", "config.json"];

    private static readonly string[] Short = ["--set", "training.epochs=30", "--set", "training.warmUpEpochs=2", "--set", "training.checkpointSeconds=0"];

    /// <summary>Set DML_KILLS=20 for as many random moments; the suite's time bears fewer.</summary>
    private static int Kills =>
        int.TryParse(Environment.GetEnvironmentVariable("DML_KILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 4;

    [Fact]
    public async Task A_training_killed_at_any_moment_is_gone_on_with_to_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        var config = TinyTraining.WriteConfig(folder);
        var clock = Stopwatch.StartNew();
        Assert.False(await DmlProcess.KillAfter(TimeSpan.FromMinutes(2), ["train", config, "--out", folder.File("whole"), .. Short]));
        var whole = clock.Elapsed;
        var moments = new Random(20);
        for (var kill = 0; kill < Kills; kill++)
        {
            var run = folder.File($"killed-{kill}");
            var moment = whole * moments.NextDouble();
            if (!await DmlProcess.KillAfter(moment, ["train", config, "--out", run, .. Short])) continue;
            if (File.Exists(Path.Combine(run + ".partial", "config.json"))) DmlCommand.Succeed("train", "--resume", run);
            else if (!File.Exists(Path.Combine(run, "run.json"))) DmlCommand.Succeed(["train", config, "--out", run, .. Short]);

            // Killed after its last rename it is whole, and compares like the others.
            foreach (var file in SameBytes)
            {
                Assert.True(
                    File.ReadAllBytes(Path.Combine(folder.File("whole"), file)).SequenceEqual(File.ReadAllBytes(Path.Combine(run, file))),
                    $"{file} after a kill at {moment}");
            }

            Assert.Empty(Directory.GetFiles(run, "checkpoint*"));
            Assert.False(Directory.Exists(run + ".partial"));
        }
    }

    [Fact]
    public async Task A_training_that_goes_on_is_refused_where_it_could_not_be_the_same()
    {
        using var folder = new TemporaryFolder();
        var (config, run) = (TinyTraining.WriteConfig(folder), folder.File("run"));
        using (var dml = await DmlProcess.StartUntil(
            "train epoch", ["train", config, "--out", run, "--set", "training.epochs=100000", "--set", "training.checkpointSeconds=0"]))
        {
            // Not Refuse: the training that runs writes files all the while.
            var second = DmlCommand.Run("train", "--resume", run);
            Assert.Equal(1, second.ExitCode);
            Assert.StartsWith($"Expected {run}.partial to be free, found `dml train` (process ", second.LastErrorLine);
            Assert.EndsWith(" writing there; wait for it or choose another folder.", second.LastErrorLine);
            Assert.Equal(137, await dml.Signal("KILL"));
        }

        DmlCommand.Refuse(
            folder, "--resume: expected it alone, since a training goes on as it was started, found --set too; leave it out.", "train", "--resume", run,
            "--set", "seed=1");
        DmlCommand.Refuse(
            folder, "--resume: expected it alone, since a training goes on as it was started, found CONFIG too; leave it out.", "train", config,
            "--resume", run);
        DmlCommand.Refuse(
            folder, $"Expected a complete run at {run}, found an unfinished training in {run}.partial; `dml train --resume {run}` ends it.", "evaluate", run);
        Assert.True(Directory.Exists(run + ".partial"));
    }

    [Fact]
    public async Task Another_build_of_a_plugin_than_the_training_had_so_far_is_told()
    {
        using var folder = new TemporaryFolder();
        var run = folder.File("run");
        using (var dml = await DmlProcess.StartUntil(
            "train epoch",
            ["train", TinyTraining.WriteConfig(folder), "--out", run, "--set", "training.epochs=100000", "--set", "training.checkpointSeconds=0"]))
        {
            Assert.Equal(130, await dml.Signal("INT"));
        }

        // The same length, so that the offsets of the file stay.
        var checkpoint = Path.Combine(run + ".partial", "checkpoint.safetensors");
        var text = Encoding.Latin1.GetString(File.ReadAllBytes(checkpoint));
        var edited = Regex.Replace(text, "Losses\\.ProxyNcaPP:[0-9a-f]{12}", "Losses.ProxyNcaPP:0123456789ab");
        Assert.NotEqual(text, edited);
        File.WriteAllBytes(checkpoint, Encoding.Latin1.GetBytes(edited));
        var config = Path.Combine(run + ".partial", "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("100000", "1", StringComparison.Ordinal));

        var outcome = DmlCommand.Succeed("train", "--resume", run);
        const string Told = "the training goes on with another build of Losses.ProxyNcaPP than it had so far (SHA-256 0123456789ab, now ";
        Assert.Contains(Told, outcome.Error, StringComparison.Ordinal);
        using var facts = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "run.json")));
        Assert.Contains(
            facts.RootElement.GetProperty("warnings").EnumerateArray(), warning => warning.GetString()!.StartsWith(Told, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_dataset_is_refused()
    {
        using var folder = new TemporaryFolder();
        TinyTraining.CopyImages(TinyTraining.Train(folder, "drawn"), folder.File("images"));
        var run = folder.File("run");
        using (var dml = await DmlProcess.StartUntil(
            "train epoch",
            ["train", folder.File("tiny.json"), "--out", run, "--set", TinyTraining.FolderDataset("images"), "--set", "training.epochs=100000",
                "--set", "training.checkpointSeconds=0"]))
        {
            Assert.Equal(130, await dml.Signal("INT"));
        }

        File.Delete(Directory.GetFiles(folder.File("images"), "*.png", SearchOption.AllDirectories).Order().First());
        var outcome = DmlCommand.Run("train", "--resume", run);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal(
            $"Expected the dataset that the training began with, found other images or labels than {run}.partial/dataset.json has; "
                + "put the dataset back as it was, or start anew with --overwrite.",
            outcome.LastErrorLine);
        Assert.True(File.Exists(Path.Combine(run + ".partial", "checkpoint.safetensors")));
    }

    [Fact]
    public void A_training_killed_before_its_last_rename_is_not_trained_again()
    {
        using var folder = new TemporaryFolder();
        var run = TinyTraining.Train(folder, "run");
        var before = File.ReadAllBytes(Path.Combine(run, "model.safetensors"));
        Directory.Move(run, run + ".partial");
        folder.Write("run.partial/.unfinished", "");
        Assert.DoesNotContain("train epoch", DmlCommand.Succeed("train", "--resume", run).Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(run, "model.safetensors")));
        Assert.False(Directory.Exists(run + ".partial"));
    }

    [Fact]
    public void There_must_be_something_to_go_on_with()
    {
        using var folder = new TemporaryFolder();
        var run = TinyTraining.Train(folder, "run");
        DmlCommand.Refuse(folder, $"Expected an unfinished training at {run}, found a finished run; there is nothing left to train.", "train", "--resume", run);
        var none = folder.File("none");
        DmlCommand.Refuse(
            folder, $"Expected an unfinished training at {none}, found no {none}.partial; `dml train CONFIG --out {none}` starts one.", "train",
            "--resume", none);
        DmlCommand.Refuse(folder, "Expected a config file, found nothing; give one, or --resume RUN to go on with a training that was stopped.", "train");
    }

    [Fact]
    public void A_full_training_takes_over_what_a_validating_one_found()
    {
        using var folder = new TemporaryFolder();
        var validating = TinyTraining.Train(
            folder, "validating", "--set", "training.mode=validate", "--set", "training.epochs=8", "--set", "training.patience=0",
            "--set", "training.batchClasses=3");
        using var found = JsonDocument.Parse(File.ReadAllText(Path.Combine(validating, "validation.json")));
        int[] milestones = [.. found.RootElement.GetProperty("milestones").EnumerateArray().Select(m => m.GetInt32())];
        var best = found.RootElement.GetProperty("bestEpoch").GetInt32();
        Assert.Equal(8, found.RootElement.GetProperty("epochs").GetArrayLength());
        Assert.NotEmpty(milestones);
        using var dataset = JsonDocument.Parse(File.ReadAllText(Path.Combine(validating, "dataset.json")));
        Assert.Equal(6, dataset.RootElement.GetProperty("trainingClassCount").GetInt32());
        Assert.Equal(36, dataset.RootElement.GetProperty("test").GetArrayLength());
        Assert.All(dataset.RootElement.GetProperty("test").EnumerateArray(), s => Assert.InRange(s.GetProperty("label").GetInt32(), 6, 11));

        var full = TinyTraining.Train(folder, "full", "--schedule-from", validating, "--set", "training.epochs=8");
        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(full, "config.json")));
        var training = config.RootElement.GetProperty("training");
        Assert.Equal(milestones, training.GetProperty("milestones").EnumerateArray().Select(m => m.GetInt32()));
        using var metrics = JsonDocument.Parse(File.ReadAllText(Path.Combine(full, "metrics.json")));
        Assert.Equal(best + 1, metrics.RootElement.GetProperty("epochs").GetArrayLength());

        DmlCommand.Refuse(
            folder,
            $"Expected a run that was trained with training.mode validate in {full}, found no validation.json; train one, or give training.milestones by hand.",
            "train", folder.File("tiny.json"), "--schedule-from", full, "--out", folder.File("other"));

        // Named, plateau takes its own gamma along, and the milestones found take the place of a schedule in the config.
        string[] named =
        [
            "training.mode=validate", "training.epochs=8", "training.batchClasses=3",
            "training.schedule={\"name\": \"plateau\", \"patience\": 0, \"gamma\": 0.1}",
        ];
        var again = TinyTraining.Train(folder, "named", [.. named.SelectMany(s => new[] { "--set", s })]);
        foreach (var file in new[] { "validation.json", "model.safetensors" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(validating, file)), File.ReadAllBytes(Path.Combine(again, file)));
        }

        var other = folder.File("other");
        folder.Write("cosine.json", "{ \"extends\": \"tiny.json\", \"training\": { \"epochs\": 8, \"gamma\": 0.5, \"schedule\": \"cosine\" } }");
        DmlCommand.Succeed("train", folder.File("cosine.json"), "--schedule-from", again, "--out", other);
        Assert.Equal(File.ReadAllBytes(Path.Combine(full, "model.safetensors")), File.ReadAllBytes(Path.Combine(other, "model.safetensors")));
        using var taken = JsonDocument.Parse(File.ReadAllText(Path.Combine(other, "config.json")));
        Assert.Equal(JsonValueKind.Null, taken.RootElement.GetProperty("training").GetProperty("schedule").ValueKind);
    }

    [Fact]
    public void A_training_by_cosine_has_its_rates_in_the_log_and_cannot_be_taken_over()
    {
        using var folder = new TemporaryFolder();
        var run = TinyTraining.Train(
            folder, "run", "--set", "training.mode=validate", "--set", "training.epochs=4", "--set", "training.batchClasses=3",
            "--set", "training.schedule={\"name\": \"cosine\", \"rampEpochs\": 2, \"rampStart\": 0.5}");
        var rates = File.ReadLines(Path.Combine(run, "log.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.TryGetProperty("learningRate", out _)).Select(line => line.GetProperty("learningRate").GetDouble());
        Assert.Equal([5e-4, 7.5e-4, 1e-3, 5e-4], rates, (a, b) => Math.Abs(a - b) < 1e-15);
        DmlCommand.Refuse(
            folder, "--schedule-from: expected a run whose rates fell where its validation stopped improving, "
                + $"found {run} of the schedule cosine, whose rates were known before; "
                + "give training.schedule in the config instead.",
            "train", folder.File("tiny.json"), "--schedule-from", run, "--out", folder.File("other"));
    }
}
