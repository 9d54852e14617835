using System.Globalization;
using System.Text.Json;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>dml benchmark, against what the single commands say.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class BenchmarkTests(ExperimentRuns runs) : IClassFixture<ExperimentRuns>
{
    private static readonly string[] Small =
    [
        "--set", "experiment.explainedGroups=2", "--set", "experiment.subsets=8", "--set", "experiment.steps=3", "--set", "experiment.leaveOneOut=8",
        "--set", "experiment.dropped=2",
    ];

    [Fact]
    public void Runs_of_several_datasets_are_compared_with_the_figures_of_the_single_commands()
    {
        using var folder = new TemporaryFolder();
        const string Names = "eif,if,if.solver=ekfac,trak,random";
        var output = DmlCommand.Succeed(
            ["benchmark", runs.Noisy0, runs.Other, "--estimators", Names, .. Small, "--set", "if.lambda=20", "--out", folder.File("out")]).Output;
        Assert.Contains("has the highest LDS", output, StringComparison.Ordinal);
        var table = Csv.Parse(File.ReadAllText(folder.File("out/benchmark.csv")));
        Assert.Equal(
            [
                "run", "dataset", "loss", "estimator", "LDS", "LDS from", "LDS to", "leave-one-out", "from", "to", "errors cured", "area of mislabelled",
                "seconds",
            ],
            table[0]);
        using var json = JsonDocument.Parse(File.ReadAllText(folder.File("out/benchmark.json")));
        Assert.Equal("benchmark", json.RootElement.GetProperty("experiment").GetString());
        foreach (var (path, name, noisy) in new[] { (runs.Noisy0, "noisy-0", true), (runs.Other, "other", false) })
        {
            DmlCommand.Succeed(
                "verify", path, "--estimators", Names, "--groups", "2", "--subsets", "8", "--steps", "3", "--leave-one-out", "8", "--brittleness", "2",
                "--set", "if.lambda=20", "--out", folder.File(name));
            using var verify = JsonDocument.Parse(File.ReadAllText(folder.File($"{name}/verify.json")));
            var rows = table.Where(r => r[0] == name).ToDictionary(r => r[3]);
            foreach (var estimator in verify.RootElement.GetProperty("estimators").EnumerateArray().Where(e => rows.ContainsKey(Name(e))))
            {
                Assert.Equal(estimator.GetProperty("score").GetDouble(), Number(rows[Name(estimator)][4]), 9);
                Assert.Equal(estimator.GetProperty("low").GetDouble(), Number(rows[Name(estimator)][5]), 9);
            }

            var single = verify.RootElement.GetProperty("leaveOneOut").GetProperty("estimators").EnumerateArray();
            foreach (var estimator in single.Where(e => rows.ContainsKey(Name(e))))
            {
                Assert.Equal(estimator.GetProperty("score").GetDouble(), Number(rows[Name(estimator)][7]), 9);
            }

            foreach (var row in verify.RootElement.GetProperty("brittleness").GetProperty("rows").EnumerateArray().Where(e => rows.ContainsKey(Name(e))))
            {
                Assert.Equal(row.GetProperty("cured").GetDouble(), Number(rows[Name(row)][10]), 9);
            }

            Assert.Subset(rows.Keys.ToHashSet(), Names.Split(',').Append("ceiling").ToHashSet());
            foreach (var estimator in Names.Split(',')) Assert.Equal(noisy && estimator != "random", rows[estimator][11].Length > 0);
            Assert.NotEqual("", rows["eif"][12]);
        }

        DmlCommand.Succeed(
            "experiment", "mislabel", runs.Noisy0, "--set", "experiment.estimators=[\"eif\",\"trak\"]", "--set", "experiment.suspicionGroups=2",
            "--out", folder.File("mislabel"));
        var areas = Csv.Parse(File.ReadAllText(folder.File("mislabel/mislabel-runs.csv")))
            .Where(r => r[3] is "eif" or "trak").ToDictionary(r => r[3], r => r[5]);
        Assert.Equal(2, areas.Count);
        foreach (var (detector, area) in areas) Assert.Equal(Number(area), Number(table.Single(r => r[0] == "noisy-0" && r[3] == detector)[11]), 9);

        static string Name(JsonElement row) => row.GetProperty("estimator").GetString()!;
    }

    [Theory]
    [InlineData(
        "experiment.estimators: expected an option with its value behind if, such as if.solver=ekfac, found \"if.solver\".", "--estimators", "if.solver")]
    [InlineData(
        "experiment.subsets: expected a number from 8 to 10000, found 3; a rank correlation over fewer says nothing.", "--set", "experiment.subsets=3")]
    [InlineData("experiment.leaveOut: expected a share between 0 and 1, found 1.", "--set", "experiment.leaveOut=1")]
    [InlineData("experiment.dropped: expected a number below that of training samples, ", "--set", "experiment.dropped=100000")]
    public void A_wrong_setting_is_refused(string sentence, params string[] options)
    {
        using var folder = new TemporaryFolder();
        var run = DmlCommand.Run(["benchmark", runs.Noisy0, "--out", folder.File("out"), .. options]);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_option_that_an_estimator_does_not_have_is_refused_rather_than_left_out()
    {
        using var folder = new TemporaryFolder();
        var run = DmlCommand.Run(["benchmark", runs.Noisy0, "--out", folder.File("out"), "--estimators", "eif,if.solver=ekfak", .. Small]);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("ekfak", run.Error, StringComparison.Ordinal);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
