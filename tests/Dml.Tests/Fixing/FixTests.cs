using System.Text.Json;
using Dml.Engine;
using Dml.Tests.EndToEnd;
using Dml.Tests.Support;

namespace Dml.Tests.Fixing;

[Collection(CommandLineCollection.Name)]
public sealed class FixTests(TinyRun clean) : IClassFixture<TinyRun>
{
    private static readonly FixOptions Quick = new() { Repeats = 2, Epochs = 2, Views = 1 };

    [Fact]
    public void A_run_whose_labels_are_right_is_left_as_it_is()
    {
        using var run = Run.Open(clean.Path);

        // What passes must gain half the queries, which no change of right labels does.
        var result = run.Fix(Quick with { LeastGain = 0.5 });
        Assert.Empty(result.Kept);
        Assert.Null(result.Judged);
        Assert.StartsWith("No change is worth making: ", result.Sentence, StringComparison.Ordinal);
        Assert.Equal(48, result.Explaining.Queries + result.Choosing.Queries + result.Judging.Queries);
        Assert.Equal(
            result.Explaining.Wrong + result.Choosing.Wrong + result.Judging.Wrong, run.Model.Confusions.Wrong.Count);
    }

    [Fact]
    public void The_same_options_give_the_same_result_and_cached_features_do_where_there_are_no_images()
    {
        using var run = Run.Open(clean.Path);
        var first = run.Model.Fix(Quick);
        Assert.Equal(0, first.Views);
        Assert.Equal(JsonSerializer.Serialize(first), JsonSerializer.Serialize(run.Model.Fix(Quick)));
        Assert.All(first.Trials, t => Assert.Equal(t.Gain.Mean, t.Gain.ByRepeat.Average(), 1e-12));
    }

    [Fact]
    public void The_command_writes_files_that_training_takes()
    {
        using var folder = new TemporaryFolder();
        string[] quick = ["--set", "experiment.repeats=2", "--set", "experiment.epochs=2", "--set", "experiment.views=1", "--set", "experiment.leastGain=0.5"];
        DmlCommand.Succeed(["fix", clean.Path, "--out", folder.File("out"), .. quick]);
        Assert.Equal("id,old_class,new_class,vote,harm\n", File.ReadAllText(folder.File("out/relabels.csv")));
        Assert.Equal("id,class,vote,harm\n", File.ReadAllText(folder.File("out/excludes.csv")));
        var again = TinyTraining.Train(
            folder, "again", "--set", $"relabels={folder.File("out/relabels.csv")}", "--set", $"excludes={folder.File("out/excludes.csv")}");
        Assert.Equal(clean.Bytes("model.safetensors"), File.ReadAllBytes(Path.Combine(again, "model.safetensors")));
    }

    [Fact]
    public void Excluded_samples_are_not_trained_on_and_a_wrong_line_is_told()
    {
        using var folder = new TemporaryFolder();
        using var dataset = JsonDocument.Parse(clean.Bytes("dataset.json"));
        string[] ids = [.. dataset.RootElement.GetProperty("training").EnumerateArray().Select(s => s.GetProperty("id").GetString()!)];
        folder.Write("out.csv", $"id\n{ids[3]}\n{ids[10]}\n");
        var run = TinyTraining.Train(folder, "less", "--set", $"excludes={folder.File("out.csv")}");
        using var less = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "dataset.json")));
        Assert.Equal(
            ids.Where((_, i) => i is not (3 or 10)), less.RootElement.GetProperty("training").EnumerateArray().Select(s => s.GetProperty("id").GetString()!));
        folder.Write("wrong.csv", "id\nnobody\n");
        var outcome = DmlCommand.Run("train", TinyTraining.WriteConfig(folder), "--out", folder.File("none"), "--set", $"excludes={folder.File("wrong.csv")}");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("wrong.csv:2: expected the id of a training sample, found \"nobody\"", outcome.LastErrorLine, StringComparison.Ordinal);
    }
}
