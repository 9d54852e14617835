using System.Text.Json;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>A run of few images and epochs without known noise: what a first try gives. No Hessian is positive there, and most items are wrong.</summary>
public sealed class RoughRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public RoughRun() => Path = TinyTraining.Train(
        _folder, "a <b>&run</b>", "--set", "dataset.trainingClasses=20", "--set", "training.epochs=2", "--set", "loss.scale=32", "--set", "threads=1");

    public string Path { get; }

    public void Dispose() => _folder.Dispose();
}

/// <summary>Every command and every experiment on a rough run ends well, or says in one sentence what to do.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class RoughRunTests(RoughRun run) : IClassFixture<RoughRun>
{
    [Theory]
    [InlineData("check")]
    [InlineData("evaluate", "--per-class")]
    [InlineData("confusions")]
    [InlineData("influence", "--estimator", "if")]
    [InlineData("influence", "--estimator", "if", "--set", "estimator.solver=lissa")]
    [InlineData("influence", "--estimator", "if", "--set", "if.lambda=20000")]
    [InlineData("influence", "--estimator", "tracin")]
    [InlineData("influence", "--estimator", "similarity")]
    [InlineData("influence", "--estimator", "random")]
    [InlineData("influence")]
    [InlineData("mislabel")]
    [InlineData("mislabel", "--estimator", "if")]
    [InlineData("mislabel", "--scorer", "self-influence")]
    [InlineData("verify", "--subsets", "8", "--steps", "3", "--groups", "2")]
    [InlineData("verify", "--subsets", "8", "--steps", "3", "--groups", "2", "--set", "if.lambda=20000", "--set", "estimator.steps=5")]
    [InlineData("report")]
    public void A_command_ends_well(params string[] command) => DmlCommand.Succeed([command[0], run.Path, .. command[1..]]);

    [Theory]
    [InlineData("confusion-table", "--set", "experiment.pairs=2", "--set", "experiment.groups=1")]
    [InlineData("relabel")]
    [InlineData("runtime", "--set", "experiment.timedImages=2", "--set", "experiment.timedPairs=2")]
    [InlineData("samples", "--set", "experiment.shownPairs=1")]
    [InlineData("fix", "--set", "experiment.repeats=2", "--set", "experiment.epochs=2", "--set", "experiment.views=1")]
    public void An_experiment_ends_well(params string[] experiment) => DmlCommand.Succeed(["experiment", experiment[0], run.Path, .. experiment[1..]]);

    [Fact]
    public void A_fix_names_a_training_where_it_keeps_something_and_none_where_it_does_not()
    {
        using var folder = new TemporaryFolder();
        string[] few = ["--set", "experiment.repeats=2", "--set", "experiment.epochs=2", "--set", "experiment.views=1"];
        var output = DmlCommand.Succeed(["fix", run.Path, "--out", folder.File("fix"), .. few]).Output;
        var keeps = !output.Contains("No change is worth making", StringComparison.Ordinal);
        Assert.Equal(keeps, File.ReadLines(folder.File("fix/relabels.csv")).Concat(File.ReadLines(folder.File("fix/excludes.csv"))).Count() > 2);
        Assert.Equal(keeps, output.Contains("trains with what is kept", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--set noise.share=0.1, or rank this run's labels with `dml mislabel ", "experiment", "mislabel")]
    [InlineData("Expected at least two runs, whose errors are compared, found 1; train further seeds with `dml train CONFIG --seeds 0..4`",
        "experiment", "generalization")]
    [InlineData("negative curvature at lambda = 0.001", "influence", "", "--estimator", "if", "--set", "if.lambda=0.001")]
    [InlineData("negative curvature at lambda = 0.001", "verify", "", "--estimators", "if", "--set", "estimator.lambda=0.001")]
    [InlineData("--set if.lambda=2: expected a setting of an estimator that takes part (eif), found one of if", "verify", "", "--estimators", "eif", "--set",
        "if.lambda=2")]
    [InlineData("--set if.lambda=2: expected a setting of eif, which explains here, found one of the estimator if", "influence", "", "--set", "if.lambda=2")]
    public void What_cannot_be_done_is_told_in_one_sentence(string sentence, params string[] command)
    {
        var outcome = DmlCommand.Run([command[0], .. command[1].Length == 0 ? [] : new[] { command[1] }, run.Path, .. command[2..]]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(sentence, outcome.LastErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void The_damping_that_was_taken_stands_in_the_results()
    {
        DmlCommand.Succeed("influence", run.Path, "--estimator", "if");
        using var influence = JsonDocument.Parse(File.ReadAllText(Path.Combine(run.Path, "influence.json")));
        Assert.All(influence.RootElement.GetProperty("targets").EnumerateArray(), target =>
            Assert.Contains(" in place of 5: ", target.GetProperty("solver").GetProperty("note").GetString(), StringComparison.Ordinal));
        DmlCommand.Succeed("verify", run.Path, "--subsets", "8", "--steps", "3", "--groups", "2");
        using var verify = JsonDocument.Parse(File.ReadAllText(Path.Combine(run.Path, "verify.json")));
        var row = verify.RootElement.GetProperty("estimators").EnumerateArray().Single(r => r.GetProperty("estimator").GetString() == "if");
        Assert.Contains(" in place of 5: ", row.GetProperty("notes")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_failed_leaves_no_parts_that_block_the_next()
    {
        DmlCommand.Run("influence", run.Path, "--estimator", "if", "--set", "if.lambda=0.001");
        Assert.False(Directory.Exists(Path.Combine(run.Path, "influence.parts")));
        DmlCommand.Succeed("influence", run.Path);
    }

    [Theory]
    [InlineData("unknown command \"mislable\"; did you mean \"mislabel\"?", "mislable")]
    [InlineData("unknown option of dml open \"--overwrit\"; did you mean \"--overwrite\"?", "open", "--overwrit", "--features", "f.npz")]
    [InlineData("unknown option of dml influence \"--gruops\"; did you mean \"--groups\"?", "influence", "x", "--gruops", "3")]
    [InlineData("--seed: expected a whole number, found \"abc\".", "train", "x.json", "--seed", "abc")]
    [InlineData("--groups: expected a whole number, found \"abc\".", "influence", "x", "--groups", "abc")]
    [InlineData("--optimizer: expected sgd or adam or adamW, found \"rmsprop\".", "verify", "x", "--optimizer", "rmsprop")]
    public void A_mistyped_word_gets_a_suggestion(string sentence, params string[] command)
    {
        var outcome = DmlCommand.Run(command);
        Assert.Equal(1, outcome.ExitCode);
        Assert.StartsWith(sentence, outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Dml.", outcome.Error, StringComparison.Ordinal);
    }
}
