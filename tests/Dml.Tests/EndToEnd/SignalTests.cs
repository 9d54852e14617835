using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>Ctrl-C and a kill in the middle of training.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class SignalTests
{
    private const string Training = "train epoch";
    private static readonly string[] Long = ["--set", "training.epochs=100000", "--overwrite"];

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task A_stopped_training_says_how_to_go_on_and_leaves_nothing_else(string signal, int exitCode)
    {
        using var folder = new TemporaryFolder();
        var run = folder.File("run");
        using var dml = await DmlProcess.StartUntil(Training, ["train", TinyTraining.WriteConfig(folder), "--out", run, .. Long]);
        Assert.Equal(exitCode, await dml.Signal(signal));
        Assert.Equal($"Stopped; `dml train --resume {run}` goes on from here.", dml.ErrorLines[^1]);
        Assert.Equal([folder.File("run.partial"), folder.File("tiny.json")], Directory.EnumerateFileSystemEntries(folder.Path).Order());

        DmlCommand.Refuse(
            folder,
            $"Expected a new folder for the run, found an unfinished training at {run}; `dml train --resume {run}` goes on with it, --overwrite starts anew.",
            "train", folder.File("tiny.json"), "--out", run);
        TinyTraining.Train(folder, "run", "--overwrite");
        Assert.Equal([run], Directory.GetDirectories(folder.Path));
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("KILL")]
    public async Task A_stopped_or_killed_training_leaves_the_run_that_it_was_to_replace(string signal)
    {
        using var folder = new TemporaryFolder();
        var run = TinyTraining.Train(folder, "run");
        var before = File.ReadAllBytes(Path.Combine(run, "model.safetensors"));
        using var dml = await DmlProcess.StartUntil(Training, ["train", folder.File("tiny.json"), "--out", run, .. Long]);
        Assert.Equal(signal == "KILL" ? 137 : 130, await dml.Signal(signal));
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(run, "model.safetensors")));
        DmlCommand.Succeed("influence", run, "--groups", "1");
        Assert.True(Directory.Exists(run + ".partial"));

        TinyTraining.Train(folder, "run", "--seed", "1", "--overwrite");
        Assert.NotEqual(before, File.ReadAllBytes(Path.Combine(run, "model.safetensors")));
        Assert.Equal([run], Directory.GetDirectories(folder.Path));
    }

    /// <summary>The second signal comes while the first one is being obeyed, or after the end: then the first one's sentence is the last.</summary>
    [Theory]
    [InlineData("train", "INT", 0)]
    [InlineData("train", "TERM", 20)]
    [InlineData("influence", "INT", 0)]
    [InlineData("influence", "TERM", 5)]
    [InlineData("experiment", "INT", 0)]
    [InlineData("experiment", "TERM", 20)]
    public async Task A_second_signal_ends_the_process_at_once_with_a_sentence(string command, string signal, int milliseconds)
    {
        using var folder = new TemporaryFolder();
        var config = TinyTraining.WriteConfig(folder);
        if (command != "train") TinyTraining.Train(folder, "run", "--set", "noise.share=0.2", "--set", "training.epochs=3");
        var (line, arguments) = command switch
        {
            "train" => (Training, new[] { "train", config, "--out", folder.File("run"), "--set", "training.epochs=100000" }),
            "influence" =>
                ("targets solved", ["influence", folder.File("run"), "--pairs", "all", "--block", "1", "--target-block", "1", "--out", folder.File("out")]),
            _ => ("", ["experiment", "mislabel", folder.File("run"), "--out", folder.File("out")]),
        };
        using var dml = await DmlProcess.StartUntil(line, arguments);
        var exitCode = await dml.SignalTwice(signal, TimeSpan.FromMilliseconds(milliseconds));
        Assert.True(exitCode == (signal == "INT" ? 130 : 143), $"Exit code {exitCode}: {string.Join('\n', dml.ErrorLines)}");
        Assert.DoesNotContain(dml.ErrorLines, l => l.Contains("   at ", StringComparison.Ordinal) || l.Contains("Unhandled", StringComparison.Ordinal));
        Assert.Contains(
            dml.ErrorLines,
            l => l.StartsWith("Ended at once by a second signal;", StringComparison.Ordinal) || l.StartsWith("Stopped;", StringComparison.Ordinal));
    }
}
