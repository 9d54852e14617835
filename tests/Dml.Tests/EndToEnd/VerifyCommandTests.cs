using System.Text.Json;
using Dml.Engine;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>dml verify, from a features file.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class VerifyCommandTests
{
    private static readonly string[] Golden = ["verify", "--features", FeatureTensors.GoldenFile, "--loss", "proxy-nca-pp"];

    [Fact]
    public void Estimators_are_held_against_retraining()
    {
        using var folder = new TemporaryFolder();
        var output = DmlCommand.Succeed(
            [.. Golden, "--groups", "3", "--subsets", "40", "--steps", "5", "--out", folder.File("out"), "--estimators", "eif,tracin,random"]).Output;
        using var json = JsonDocument.Parse(File.ReadAllText(folder.File("out/verify.json")));
        var rows = json.RootElement.GetProperty("estimators").EnumerateArray().ToDictionary(r => r.GetProperty("estimator").GetString()!);
        Assert.Equal(["eif", "eif, ascent only", "tracin", "random", "ceiling"], rows.Keys);
        foreach (var (name, row) in rows)
        {
            Assert.InRange(row.GetProperty("score").GetDouble(), -1, 1);
            Assert.True(row.GetProperty("low").GetDouble() <= row.GetProperty("high").GetDouble());
            Assert.Equal(3, row.GetProperty("byTarget").GetArrayLength());
            Assert.Contains(name, output, StringComparison.Ordinal);
        }

        // What the figures are for: the best is clearly above chance, and chance is at 0 within its interval.
        Assert.True(rows["eif"].GetProperty("low").GetDouble() > 0.5);
        Assert.True(rows["random"].GetProperty("low").GetDouble() < 0 && rows["random"].GetProperty("high").GetDouble() > 0);
        Assert.True(rows["ceiling"].GetProperty("score").GetDouble() > 0.9);
        var table = Csv.Parse(File.ReadAllText(folder.File("out/verify.csv")));
        Assert.Equal(["estimator", "target", "spearman"], table[0]);
        Assert.Equal(1 + (5 * 3), table.Count);
    }

    [Fact]
    public void A_replay_is_told_the_retraining_and_predicts_it()
    {
        using var folder = new TemporaryFolder();
        string[] common = [.. Golden, "--groups", "3", "--subsets", "40", "--steps", "20", "--leave-out", "0.1", "--estimators", "eif,replay"];
        DmlCommand.Succeed([.. common, "--learning-rate", "0.05", "--out", folder.File("sgd")]);
        using var plain = JsonDocument.Parse(File.ReadAllText(folder.File("sgd/verify.json")));
        var rows = plain.RootElement.GetProperty("estimators").EnumerateArray().ToDictionary(r => r.GetProperty("estimator").GetString()!);
        Assert.True(rows["replay"].GetProperty("low").GetDouble() > rows["eif"].GetProperty("high").GetDouble());

        DmlCommand.Succeed([.. common, "--optimizer", "adam", "--learning-rate", "0.003", "--out", folder.File("adam")]);
        using var adam = JsonDocument.Parse(File.ReadAllText(folder.File("adam/verify.json")));
        Assert.False(plain.RootElement.GetProperty("settings").TryGetProperty("optimizer", out _));
        Assert.Equal("adam", adam.RootElement.GetProperty("settings").GetProperty("optimizer").GetString());
        rows = adam.RootElement.GetProperty("estimators").EnumerateArray().ToDictionary(r => r.GetProperty("estimator").GetString()!);
        Assert.True(rows["replay"].GetProperty("low").GetDouble() > 0);
    }

    /// <summary>Where chance decides what one order gives, the mean over several is what can be predicted.</summary>
    [Fact]
    public void Over_several_orders_the_mean_training_is_predicted()
    {
        using var folder = new TemporaryFolder();
        string[] common = [.. Golden, "--groups", "3", "--subsets", "32", "--steps", "20", "--batch", "32", "--learning-rate", "0.05", "--leave-out", "0.1",
            "--estimators", "replay"];
        DmlCommand.Succeed([.. common, "--out", folder.File("one")]);
        var output = DmlCommand.Succeed([.. common, "--orders", "4", "--out", folder.File("four")]).Output;
        Assert.Contains("Each retraining was done in 4 orders of batches, and d is their mean.", output, StringComparison.Ordinal);
        var (one, four) = (Scores("one"), Scores("four"));
        Assert.True(four["ceiling"] > one["ceiling"]);
        Assert.True(four["replay"] > 0.5);

        Dictionary<string, double> Scores(string name)
        {
            using var json = JsonDocument.Parse(File.ReadAllText(folder.File($"{name}/verify.json")));
            return json.RootElement.GetProperty("estimators").EnumerateArray()
                .ToDictionary(r => r.GetProperty("estimator").GetString()!, r => r.GetProperty("score").GetDouble());
        }
    }

    [Fact]
    public void From_scratch_single_samples_and_dropped_ones_are_told_and_recorded()
    {
        using var folder = new TemporaryFolder();
        var output = DmlCommand.Succeed(
            [.. Golden, "--pairs", "6", "--subsets", "40", "--steps", "30", "--leave-out", "0.1", "--learning-rate", "0.5",
                "--estimators", "tracin,replay,random", "--from-scratch", "--moves-proxies",
                "--leave-one-out", "24", "--brittleness", "1,10,60", "--out", folder.File("out")]).Output;
        using var json = JsonDocument.Parse(File.ReadAllText(folder.File("out/verify.json")));
        var settings = json.RootElement.GetProperty("settings");
        Assert.True(settings.GetProperty("fromScratch").GetBoolean() && settings.GetProperty("movesProxies").GetBoolean());
        var rows = json.RootElement.GetProperty("estimators").EnumerateArray().ToDictionary(r => r.GetProperty("estimator").GetString()!);
        Assert.True(rows["replay"].GetProperty("low").GetDouble() > 0.5);
        var recommended = json.RootElement.GetProperty("recommendation");
        Assert.Equal(["replay"], recommended.GetProperty("use").EnumerateArray().Select(n => n.GetString()!));
        Assert.Contains(recommended.GetProperty("text").GetString()!, output, StringComparison.Ordinal);
        var single = json.RootElement.GetProperty("leaveOneOut");
        Assert.Equal(24, single.GetProperty("samples").GetArrayLength());
        var correlations = single.GetProperty("estimators");
        Assert.Equal(["tracin", "replay", "random", "ceiling"], correlations.EnumerateArray().Select(r => r.GetProperty("estimator").GetString()));
        Assert.True(correlations[1].GetProperty("score").GetDouble() > 0.8);
        Assert.Contains("24 samples left out one at a time, 12 of them harmful ones", output, StringComparison.Ordinal);
        var dropped = json.RootElement.GetProperty("brittleness").GetProperty("rows").EnumerateArray().Select(r => r.GetProperty("dropped").GetInt32());
        Assert.Contains(string.Join(',', dropped), new[] { "", "1,10,60,1,10,60,1,10,60,1,10,60" });
        Assert.Contains("errors are left after retraining with all samples", output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_estimator_with_an_option_is_a_row_of_its_own_with_the_scores_that_the_option_gives()
    {
        using var folder = new TemporaryFolder();
        string[] common = [.. Golden, "--groups", "3", "--subsets", "16", "--steps", "5"];
        var output = DmlCommand.Succeed(
            [.. common, "--estimators", "if,if.solver=ekfac,if.solver=logra", "--set", "if.lambda=20", "--out", folder.File("several")]).Output;
        DmlCommand.Succeed([.. common, "--estimators", "if", "--set", "if.lambda=20", "--set", "if.solver=ekfac", "--out", folder.File("one")]);
        var (several, one) = (Correlations("several"), Correlations("one"));
        Assert.Equal(["if", "if.solver=ekfac", "if.solver=logra", "ceiling"], several.Keys);
        Assert.Equal(one["if"], several["if.solver=ekfac"]);
        Assert.NotEqual(several["if"], several["if.solver=ekfac"]);
        Assert.Contains("Note: if.solver=ekfac: lambda 20; the Fisher matrix in its Kronecker eigenbasis", output, StringComparison.Ordinal);

        Dictionary<string, string> Correlations(string name) => Csv.Parse(File.ReadAllText(folder.File($"{name}/verify.csv"))).Skip(1)
            .GroupBy(r => r[0]).ToDictionary(g => g.Key, g => string.Join(' ', g.Select(r => r[2])));
    }

    /// <summary>What cannot be computed must not stop a call that names nothing.</summary>
    [Fact]
    public void Without_names_estimators_of_single_samples_are_left_out_for_a_loss_of_batches()
    {
        using var folder = new TemporaryFolder();
        var output = DmlCommand.Succeed(
            "verify", "--features", FeatureTensors.GoldenFile, "--loss", "triplet", "--groups", "1", "--subsets", "8", "--steps", "2",
            "--set", "estimator.shares.passes=1", "--set", "replay.steps=2", "--out", folder.File("out")).Output;
        Assert.Contains(
            "Left out, since they take each sample by itself and the loss is no mean of samples: representer-points, trak.", output, StringComparison.Ordinal);
        var rows = Csv.Parse(File.ReadAllText(folder.File("out/verify.csv"))).Skip(1).Select(r => r[0]).ToArray();
        Assert.Contains("eif", rows);
        Assert.DoesNotContain("trak", rows);
    }

    [Theory]
    [InlineData("--leave-one-out: expected 0 or a number from 8, found 3; a rank correlation over fewer says nothing.", "--leave-one-out", "3")]
    [InlineData("--leave-one-out: expected at most the number of training samples, 240, found 241.", "--leave-one-out", "241")]
    [InlineData("--brittleness: expected rising numbers from 1, such as 1,2,5,10,20, found 2,1.", "--brittleness", "2,1")]
    [InlineData("--brittleness: expected numbers below that of training samples, 240, found 240.", "--brittleness", "1,240")]
    [InlineData("--brittleness: expected whole numbers separated by commas, found \"1,x\".", "--brittleness", "1,x")]
    [InlineData("--subsets: expected a number from 8 to 10000, found 3; a rank correlation over fewer says nothing.", "--subsets", "3")]
    [InlineData("--leave-out: expected a share between 0 and 1, found 1.", "--leave-out", "1")]
    [InlineData("--leave-out: expected a share between 0 and 1, found 0.", "--leave-out", "0")]
    [InlineData("--leave-out: expected a share that leaves out at least one of 240 training samples and keeps one, found 0.0001.", "--leave-out", "0.0001")]
    [InlineData("--steps: expected a number from 1 to 1000000, found 0.", "--steps", "0")]
    [InlineData("--learning-rate: expected a number above 0 and up to 10, found -1.", "--learning-rate", "-1")]
    [InlineData("--batch: expected a number from 1 to 1048576, found 0.", "--batch", "0")]
    [InlineData("--orders: expected a number from 1 to 1000, found 0.", "--orders", "0")]
    [InlineData("--estimators: expected names among {names}, found \"eiff\".", "--estimators", "eif,eiff")]
    [InlineData("--estimators: expected an option with its value behind if, such as if.solver=ekfac, found \"if.solver\".", "--estimators", "if.solver")]
    [InlineData("--estimators: expected names separated by commas, found none; known are {names}.", "--estimators", ",")]
    public void A_wrong_setting_is_refused(string sentence, params string[] options)
    {
        using var folder = new TemporaryFolder();
        var names = string.Join(", ", PluginCatalog.Load([]).OfKind(PluginKind.Estimator).Select(p => p.Name).Order(StringComparer.Ordinal));
        DmlCommand.Refuse(folder, sentence.Replace("{names}", names, StringComparison.Ordinal), [.. Golden, "--out", "{dir}/out", .. options]);
    }
}
