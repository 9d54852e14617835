using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>Ctrl-C and a kill in the middle of training.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class SignalTests
{
    private const string Training = "train epoch";
    private static readonly string[] Long = ["--set", "training.epochs=100000", "--overwrite"];

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_stopped_training_leaves_nothing(string signal)
    {
        using var folder = new TemporaryFolder();
        using var dml = await DmlProcess.StartUntil(Training, ["train", TinyTraining.WriteConfig(folder), "--out", folder.File("run"), .. Long]);
        Assert.True(Directory.Exists(folder.File("run.partial")));
        Assert.Equal(130, await dml.Signal(signal));
        Assert.Equal("Stopped; nothing half-written was left behind.", dml.ErrorLines[^1]);
        Assert.Equal([folder.File("tiny.json")], Directory.EnumerateFileSystemEntries(folder.Path));
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

        TinyTraining.Train(folder, "run", "--seed", "1", "--overwrite");
        Assert.NotEqual(before, File.ReadAllBytes(Path.Combine(run, "model.safetensors")));
        Assert.Equal([run], Directory.GetDirectories(folder.Path));
    }
}
