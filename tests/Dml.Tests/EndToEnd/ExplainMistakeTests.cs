using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>Wrong arguments of the explaining commands: one sentence, exit code 1, nothing written.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class ExplainMistakeTests
{
    private const string Pair = "--pair: expected two indices or two ids of test items A:B, such as test/0:test/199, ";

    [Theory]
    [InlineData("--set loss.scal=3: loss.scal: unknown key \"scal\"; did you mean \"scale\"?", "--set", "loss.scal=3")]
    [InlineData("--set estimator.step=3: estimator.step: unknown key \"step\"; did you mean \"steps\"?", "--set", "estimator.step=3")]
    [InlineData("--set lose.scale=3: lose: unknown section \"lose\"; did you mean \"loss\"?", "--set", "lose.scale=3")]
    [InlineData("--set loss.scale=big: loss.scale: expected a number from 0.001 to 1000, found the text \"big\"", "--set", "loss.scale=big")]
    [InlineData("--set loss.scale=-1: loss.scale: expected a number from 0.001 to 1000, found the number -1", "--set", "loss.scale=-1")]
    [InlineData("--set estimator.steps=1.5: estimator.steps: expected a whole number from 1 to 100000, found the number 1.5", "--set", "estimator.steps=1.5")]
    [InlineData(
        "--set estimator.directions=3: estimator.directions: expected a whole number from 1 to 2, found the number 3", "--set", "estimator.directions=3")]
    [InlineData("--set foo: expected path=value such as loss.scale=32, found no \"=\"; add the value.", "--set", "foo")]
    [InlineData("--estimator: estimator.name: unknown estimator plugin \"eiff\"; did you mean \"eif\"?", "--estimator", "eiff")]
    [InlineData(Pair + "found \"1\", which names no two of them; name them by their indices.", "--pair", "1")]
    [InlineData(Pair + "found \"a:b\", which names no two of them; name them by their indices.", "--pair", "a:b")]
    [InlineData(Pair + "found \"1:2:3\", which names no two of them; name them by their indices.", "--pair", "1:2:3")]
    [InlineData("--pair 1:1: expected two different test items, found the same one twice.", "--pair", "1:1")]
    [InlineData("--pair 1:9999: expected indices below 200, the number of test items, found 9999.", "--pair", "1:9999")]
    [InlineData("--pairs: expected all or a number of at least 1, found \"none\".", "--pairs", "none")]
    [InlineData("--pairs: expected all or a number of at least 1, found \"0\".", "--pairs", "0")]
    [InlineData("--pairs: expected all or a number of at least 1, found \"-3\".", "--pairs", "-3")]
    [InlineData("Expected at least one confusion to explain, found none: the options ask for none; name pairs with --pair A:B.", "--groups", "0")]
    [InlineData("--groups: expected a number of at least 0, found -1.", "--groups", "-1")]
    [InlineData("--top: expected a number of at least 1, found 0.", "--top", "0")]
    [InlineData("--plugins {dir}/none: expected a folder with plugins, found none; check the path.", "--plugins", "{dir}/none")]
    public void A_wrong_option_of_influence_is_refused(string sentence, params string[] options)
    {
        using var folder = new TemporaryFolder();
        var outcome = DmlCommand.Refuse(
            folder, sentence, ["influence", "--features", FeatureTensors.GoldenFile, "--loss", "proxy-nca-pp", "--out", "{dir}/out", .. options]);
        Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
        Assert.Empty(outcome.Output);
    }

    [Theory]
    [InlineData(
        "--loss: loss.name: unknown loss plugin \"proxy-ncapp\"; did you mean \"proxy-nca-pp\"?", "--features", "GOLDEN", "--loss", "proxy-ncapp",
        "--out", "{dir}/out")]
    [InlineData(
        "--loss: expected the name of the loss that the model was trained with, found nothing; give it, for example --loss proxy-nca-pp.",
        "--features", "GOLDEN", "--out", "{dir}/out")]
    [InlineData("--out: expected a folder for the results, found nothing; give --out DIR.", "--features", "GOLDEN", "--loss", "proxy-nca-pp")]
    [InlineData("Expected either a run folder or --features FILE, found neither; give one of them.", "--out", "{dir}/out")]
    [InlineData("Expected either a run folder or --features FILE, found both; give one of them.", "{dir}", "--features", "GOLDEN", "--loss", "proxy-nca-pp")]
    [InlineData(
        "--loss: expected it with --features only, found it with a run, which has its loss in its config; leave it out.", "{dir}", "--loss", "proxy-nca-pp")]
    [InlineData("Expected a run folder at {dir}/none, found none; `dml train CONFIG --out {dir}/none` makes one.", "{dir}/none")]
    [InlineData("Expected a complete run in {dir}, found no run.json there; `dml train CONFIG --out {dir}` makes one.", "{dir}")]
    [InlineData(
        "Expected a safetensors file at {dir}/none.safetensors, found none; check the path.", "--features", "{dir}/none.safetensors", "--loss", "proxy-nca-pp",
        "--out", "{dir}/out")]
    public void A_wrong_or_missing_source_is_refused(string sentence, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        DmlCommand.Refuse(folder, sentence, ["influence", .. arguments.Select(a => a == "GOLDEN" ? FeatureTensors.GoldenFile : a)]);
    }

    [Fact]
    public void A_pair_of_one_class_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var features = new FeatureTensors();
        var labels = features["test_labels"].data<long>().ToArray();
        var twin = Array.IndexOf(labels, labels[0], 1);
        var sentence = $"--pair 0:{twin}: expected items of different classes, found class {labels[0]} twice; such a pair is no confusion.";
        DmlCommand.Refuse(folder, sentence, InfluenceRun.Arguments(FeatureTensors.GoldenFile, "{dir}/out", "--pair", $"0:{twin}"));
    }

    [Fact]
    public void An_unknown_precision_is_refused()
    {
        using var folder = new TemporaryFolder();
        var outcome = DmlCommand.Run(InfluenceRun.Arguments(FeatureTensors.GoldenFile, folder.File("out"), "--precision", "float16"));
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains("'float16' not recognized", outcome.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("out")));
    }

    [Theory]
    [InlineData("influence")]
    [InlineData("mislabel")]
    [InlineData("evaluate")]
    [InlineData("confusions")]
    public void A_file_or_another_run_as_output_folder_is_refused(string command)
    {
        using var folder = new TemporaryFolder();
        folder.Write("file", "");
        folder.Write("run/run.json", "{}");
        string[] model = [command, "--features", FeatureTensors.GoldenFile, "--loss", "proxy-nca-pp", "--out"];
        DmlCommand.Refuse(
            folder, $"--out: expected a folder for the results, found the file {folder.File("file")}; choose another --out.", [.. model, folder.File("file")]);
        DmlCommand.Refuse(
            folder, $"--out: expected a folder for the results, found the run {folder.File("run")}, which they do not belong to; choose another --out.",
            [.. model, folder.File("run")]);
    }

    [Fact]
    public void A_setting_that_only_training_uses_is_refused()
    {
        using var folder = new TemporaryFolder();
        DmlCommand.Refuse(
            folder,
            "--set images.size=9: expected a setting of loss, estimator or threads, found one of images, which only training uses; give it to `dml train`.",
            InfluenceRun.Arguments(FeatureTensors.GoldenFile, folder.File("out"), "--set", "images.size=9"));
    }

    [Fact]
    public void Loss_and_settings_are_checked_where_they_have_no_effect_too()
    {
        using var folder = new TemporaryFolder();
        DmlCommand.Refuse(
            folder, "--loss: loss.name: unknown loss plugin \"proxy-ncapp\"; did you mean \"proxy-nca-pp\"?",
            "evaluate", "--features", FeatureTensors.GoldenFile, "--loss", "proxy-ncapp");
    }

    [Theory]
    [InlineData("{dir}/file/out", "Could not find a part of the path '{dir}/file/out'")]
    [InlineData("/dev/full/out", "Could not find a part of the path '/dev/full/out'")]
    public void An_output_folder_that_cannot_be_made_is_refused(string output, string reason)
    {
        using var folder = new TemporaryFolder();
        folder.Write("file", "");
        var sentence = $"Expected to write to {output}, but the system refused ({reason}); give access or choose another folder.";
        DmlCommand.Refuse(folder, sentence, InfluenceRun.Arguments(FeatureTensors.GoldenFile, output, "--groups", "1"));
        DmlCommand.Refuse(folder, sentence, "evaluate", "--features", FeatureTensors.GoldenFile, "--out", output);
        DmlCommand.Refuse(folder, sentence, "confusions", "--features", FeatureTensors.GoldenFile, "--out", output);
    }
}
