using Dml.Engine.Runs;
using Dml.Tests.Support;
using Dml.Tests.Testing;

namespace Dml.Tests.EndToEnd;

/// <summary>Scorers and checkpoints on the command line.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class ComparisonCommandTests
{
    [Fact]
    public void A_scorer_ranks_without_confusions()
    {
        using var folder = new TemporaryFolder();
        DmlCommand.Succeed(Mislabel("--scorer", "self-influence", "--out", folder.File("out")));
        var record = MislabelRecord.TryRead(new RunFolder(folder.File("out")).Mislabel)!;
        Assert.Equal(("self-influence", "scorer", 0), (record.Estimator, record.Aggregate, record.Groups));
        Assert.Equal(240, record.Ranking.Count);
        Assert.Equal(record.Ranking.OrderByDescending(r => r.Score), record.Ranking);
        Assert.All(record.Ranking, r => Assert.True(r.Score >= 0));

        // The same moment twice doubles every score.
        DmlCommand.Succeed(Mislabel("--scorer", "self-influence", "--checkpoint", FeatureTensors.GoldenFile, "--out", folder.File("twice")));
        var twice = MislabelRecord.TryRead(new RunFolder(folder.File("twice")).Mislabel)!;
        Assert.Equal(record.Ranking.Select(r => 2 * r.Score), twice.Ranking.Select(r => r.Score));
    }

    [Theory]
    [InlineData("--groups: expected it without --scorer, which ranks without confusion groups, found both; give one of them.", "--groups", "3")]
    [InlineData("--aggregate: expected it without --scorer, which ranks without confusion groups, found both; give one of them.", "--aggregate", "mean")]
    [InlineData("--estimator: expected it without --scorer, which takes its place, found both; give one of them.", "--estimator", "eif")]
    [InlineData(
        "--set estimator.steps=3: expected a setting of loss, scorer or threads, found one of estimator, which --scorer takes the place of; leave it out.",
        "--set", "estimator.steps=3")]
    [InlineData("--set scorer.rate=3: scorer.rate: unknown key \"rate\"*", "--set", "scorer.rate=3")]
    public void What_a_scorer_does_not_use_is_refused(string sentence, params string[] options)
    {
        using var folder = new TemporaryFolder();
        var outcome = DmlCommand.Run([.. Mislabel("--scorer", "self-influence", "--out", folder.File("out")), .. options]);
        Assert.Equal(1, outcome.ExitCode);
        Sentences.AssertLike(sentence, outcome.LastErrorLine);
        Assert.False(Directory.Exists(folder.File("out")));
    }

    [Fact]
    public void An_unknown_scorer_and_a_setting_of_one_that_is_not_used_are_refused()
    {
        using var folder = new TemporaryFolder();
        DmlCommand.Refuse(
            folder, "--scorer: scorer.name: unknown scorer plugin \"self-influenc\"; did you mean \"self-influence\"?", Mislabel("--scorer", "self-influenc"));
        DmlCommand.Refuse(
            folder, "--set scorer.rate=3: expected a setting of loss, estimator or threads, found one of scorer, "
                + "which only `dml mislabel --scorer NAME` uses; leave it out.",
            Influence("{dir}/out", "eif", "--set", "scorer.rate=3"));
    }

    [Fact]
    public void Checkpoints_add_their_gradient_products()
    {
        using var folder = new TemporaryFolder();
        string[] chosen = ["--pair", "0:199", "--precision", "float64"];
        // The same moment once more doubles every product.
        var once = InfluenceRun.Of(Influence(folder.File("once"), "tracin", chosen), folder.File("once"));
        var twice = InfluenceRun.Of(
            Influence(folder.File("twice"), "tracin", [.. chosen, "--checkpoint", FeatureTensors.GoldenFile]), folder.File("twice"));
        foreach (var (expected, actual) in once.Harm.data<double>().ToArray().Zip(twice.Harm.data<double>().ToArray()))
        {
            Assert.Equal(2 * expected, actual, 1e-12 * Math.Abs(expected));
        }

        Assert.Equal(1, twice.Summary.GetProperty("computation").GetProperty("checkpointFingerprints").GetArrayLength());
    }

    [Fact]
    public void A_checkpoint_of_another_training_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var features = new FeatureTensors();
        var (train, labels) = (features["train_features"], features["train_labels"]);
        features["train_labels"] = labels.flip(0);
        Refuse("the labels of {golden}, found others");
        features["train_features"] = train.narrow(0, 0, 239);
        features["train_labels"] = labels.narrow(0, 0, 239);
        Refuse("240 training samples, as {golden} has, found 239");

        void Refuse(string found)
        {
            var path = features.Write(folder);
            var sentence = $"--checkpoint {path}: expected {found.Replace("{golden}", FeatureTensors.GoldenFile, StringComparison.Ordinal)}; "
                + "give features files of one training.";
            DmlCommand.Refuse(folder, sentence, Influence("{dir}/out", "tracin", "--checkpoint", path));
        }
    }

    private static IReadOnlyList<string> Influence(string output, string estimator, params IReadOnlyList<string> more) =>
        ["influence", "--features", FeatureTensors.GoldenFile, "--loss", "proxy-nca-pp", "--estimator", estimator, "--out", output, .. more];

    private static IReadOnlyList<string> Mislabel(params IReadOnlyList<string> more) =>
    [
        "mislabel", "--features", FeatureTensors.GoldenFile, "--loss", "proxy-nca-pp",
        .. more.Contains("--out") ? Array.Empty<string>() : ["--out", "{dir}/out"], .. more,
    ];
}
