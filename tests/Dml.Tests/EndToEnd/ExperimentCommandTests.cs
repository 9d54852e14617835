using System.Text.Json;
using System.Xml.Linq;
using Dml.Engine.Experiments;
using Dml.Engine.Features;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>Two noisy runs of one dataset and a clean one, for tests that only read them.</summary>
public sealed class ExperimentRuns : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ExperimentRuns()
    {
        DmlCommand.Succeed(["train", TinyTraining.WriteConfig(_folder), "--out", _folder.File("noisy"), "--seeds", "0..1", "--set", "noise.share=0.2",
            "--set", "training.epochs=3"]);
        Clean = TinyTraining.Train(_folder, "clean");
        Other = TinyTraining.Train(_folder, "other", "--set", "dataset.testClasses=9");
    }

    public string Noisy0 => _folder.File("noisy-0");

    public string Noisy1 => _folder.File("noisy-1");

    public string Clean { get; }

    public string Other { get; }

    public void Dispose() => _folder.Dispose();
}

/// <summary>dml experiment, dml train --seeds, and the labels that a training takes from a file.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class ExperimentCommandTests(ExperimentRuns runs) : IClassFixture<ExperimentRuns>
{
    private static readonly string[] Detectors =
    [
        "class-gaussians", "confident-learning", "consensus", "eif", "if", "knn-disagreement", "knn-shapley", "loss", "self-influence", "tracin",
    ];

    [Fact]
    public void Mislabel_shows_every_detector_with_the_figures_that_the_single_commands_have()
    {
        using var folder = new TemporaryFolder();
        var result = Run(folder, "mislabel", [runs.Noisy0, runs.Noisy1]);
        var table = Csv.Parse(File.ReadAllText(folder.File("out/mislabel.csv")));
        Assert.Equal(Detectors, table.Skip(1).Select(r => r[1]).Order(StringComparer.Ordinal));
        Assert.All(table.Skip(1), row => Assert.Equal("2", row[2]));

        DmlCommand.Succeed("mislabel", runs.Noisy0, "--scorer", "self-influence", "--out", folder.File("single"));
        using var single = JsonDocument.Parse(File.ReadAllText(folder.File("single/mislabel.json")));
        var each = Csv.Parse(File.ReadAllText(folder.File("out/mislabel-runs.csv")));
        var row = Assert.Single(each, r => r[0] == "noisy-0" && r[3] == "self-influence");
        Assert.Equal(
            single.RootElement.GetProperty("detection").GetProperty("area").GetDouble(),
            double.Parse(row[5], System.Globalization.CultureInfo.InvariantCulture), 1e-9);

        // Both ends and the middle are all samples, and all mislabelled ones are in them.
        var ends = Csv.Parse(File.ReadAllText(folder.File("out/mislabel-ends.csv"))).Where(r => r[0] == "noisy-0").ToList();
        Assert.Equal(72, ends.Sum(r => int.Parse(r[2], null)));
        Assert.Equal((int)(0.2 * 72), ends.Sum(r => int.Parse(r[3], null)));
        XDocument.Parse(File.ReadAllText(folder.File("out/mislabel-proxy-nca-pp.svg")));
        Assert.Equal("mislabel", result.GetProperty("experiment").GetString());
    }

    [Fact]
    public void Relabel_accuracy_equals_plain_loops()
    {
        using var folder = new TemporaryFolder();
        Run(folder, "relabel", [runs.Noisy0]);
        var row = Csv.Parse(File.ReadAllText(folder.File("out/relabel.csv"))).Single(r => r[3] == "all mislabelled");

        using var features = FeatureFile.Read(Path.Combine(runs.Noisy0, "features.safetensors"));
        using var embeddings = features.TrainEmbeddings();
        var (rows, size) = (embeddings.data<double>().ToArray(), features.EmbeddingSize);
        var labels = features.TrainLabels.data<long>().ToArray();
        using var dataset = JsonDocument.Parse(File.ReadAllText(Path.Combine(runs.Noisy0, "dataset.json")));
        var truth = dataset.RootElement.GetProperty("training")
            .EnumerateArray().Select(s => s.TryGetProperty("trueLabel", out var t) ? t.GetInt32() : -1).ToArray();
        var k = labels.GroupBy(l => l).Select(g => g.Count()).Order().ToArray()[(labels.Distinct().Count() - 1) / 2];
        var (right, count) = (0, 0);
        foreach (var i in Enumerable.Range(0, labels.Length).Where(i => truth[i] >= 0))
        {
            var votes = Enumerable.Range(0, labels.Length).Where(j => j != i).Select(
                j => (Label: labels[j], Distance: Math.Sqrt(Enumerable.Range(0, size).Sum(e => Math.Pow(rows[(i * size) + e] - rows[(j * size) + e], 2)))))
                .OrderBy(n => n.Distance).Take(k).GroupBy(n => n.Label).OrderByDescending(g => g.Sum(n => Math.Exp(-n.Distance))).Select(g => g.Key).ToList();
            count++;
            right += votes.First(v => v != labels[i]) == truth[i] ? 1 : 0;
        }

        Assert.Equal(count, int.Parse(row[4], null));
        Assert.Equal(right / (double)count, double.Parse(row[5], System.Globalization.CultureInfo.InvariantCulture), 1e-12);
    }

    [Fact]
    public void A_clean_run_gets_the_field_study()
    {
        using var folder = new TemporaryFolder();
        Run(folder, "relabel", [runs.Clean]);
        var row = Csv.Parse(File.ReadAllText(folder.File("out/relabel-clean.csv")))[1];
        Assert.Equal("72", row[3]);
        Assert.Equal(int.Parse(row[4], null), Csv.Parse(File.ReadAllText(folder.File("out/relabel-classes.csv"))).Skip(1).Sum(r => int.Parse(r[3], null)));

        // 6 samples a class: one that differs is 17 % of it, so no class is individual or other.
        var kinds = Csv.Parse(File.ReadAllText(folder.File("out/relabel-kinds.csv")));
        Assert.Equal(["none", "centralized", "diversified", "individual", "other"], kinds[0].Skip(2));
        Assert.Equal("12", kinds[1][1]);
        Assert.Equal(12, kinds[1].Skip(2).Take(3).Sum(c => int.Parse(c, null)));
    }

    [Fact]
    public void Runs_that_are_the_same_agree_wholly()
    {
        using var folder = new TemporaryFolder();
        Run(folder, "generalization", [runs.Noisy0, runs.Noisy0], "--set", "experiment.worstClasses=3");
        var row = Csv.Parse(File.ReadAllText(folder.File("out/generalization-overlap.csv")))[1];
        Assert.Equal(["proxy-nca-pp, two seeds", "1", "1"], row.Take(3));
        Assert.Equal(3 / 8.0, double.Parse(row[3], System.Globalization.CultureInfo.InvariantCulture), 1e-12);
        Assert.Equal(1, double.Parse(row[4], System.Globalization.CultureInfo.InvariantCulture), 1e-12);
        XDocument.Parse(File.ReadAllText(folder.File("out/generalization.svg")));
    }

    [Fact]
    public void Confusion_table_starts_from_the_distances_that_confusions_have_and_is_the_same_again()
    {
        using var folder = new TemporaryFolder();
        string[] settings =
            ["--set", "experiment.pairs=4", "--set", "experiment.groups=2", "--set", "experiment.estimators=[\"eif\",\"if\"]", "--set", "if.lambda=50"];
        Run(folder, "confusion-table", [runs.Clean], settings);
        DmlCommand.Succeed("confusions", runs.Clean, "--groups", "2", "--out", folder.File("found"));
        using var found = JsonDocument.Parse(File.ReadAllText(folder.File("found/confusions.json")));
        var each = Csv.Parse(File.ReadAllText(folder.File("out/confusion-each.csv"))).Skip(1).ToList();
        Assert.Equal(["eif", "if", "random signs", "unweighted"], each.Select(r => r[3]).Distinct().Order(StringComparer.Ordinal));
        foreach (var group in found.RootElement.GetProperty("groups").EnumerateArray())
        {
            Assert.All(each.Where(r => r[1] == group.GetProperty("name").GetString()), r =>
                Assert.Equal(group.GetProperty("distance").GetDouble(), double.Parse(r[4], System.Globalization.CultureInfo.InvariantCulture), 1e-6));
        }

        // Whoever is right about help and harm moves confused items further apart than chance does.
        double Mean(string name) => each.Where(r => r[3] == name).Average(r => double.Parse(r[5], System.Globalization.CultureInfo.InvariantCulture));
        Assert.True(Mean("eif") > Mean("random signs"));
        Assert.True(Mean("if") > Mean("random signs"));

        var first = File.ReadAllBytes(folder.File("out/confusion-table.json"));
        Run(folder, "confusion-table", [runs.Clean], settings);
        Assert.Equal(first, File.ReadAllBytes(folder.File("out/confusion-table.json")));
        Assert.False(Directory.Exists(folder.File("out/units")));
    }

    [Fact]
    public void Corrected_labels_are_a_file_that_training_takes()
    {
        using var folder = new TemporaryFolder();
        // The same file by hand: one sample gets its class back and is no longer among the mislabelled.
        using var dataset = JsonDocument.Parse(File.ReadAllText(Path.Combine(runs.Noisy0, "dataset.json")));
        var names = dataset.RootElement.GetProperty("classNames").EnumerateArray().Select(n => n.GetString()!).ToArray();
        var wrong = dataset.RootElement.GetProperty("training").EnumerateArray().First(s => s.TryGetProperty("trueLabel", out _));
        folder.Write("fixed.csv", "id,old_class,new_class\n"
            + $"{wrong.GetProperty("id").GetString()},{names[wrong.GetProperty("label").GetInt32()]},{names[wrong.GetProperty("trueLabel").GetInt32()]}\n");
        var fixedRun = TinyTraining.Train(folder, "fixed", "--set", "noise.share=0.2", "--set", $"relabels={folder.File("fixed.csv")}");
        Assert.Equal(1, Changed(runs.Noisy0, fixedRun));
        Assert.Equal((int)(0.2 * 72) - 1, Mislabelled(fixedRun));

        static int Changed(string before, string after) => Labels(before).Zip(Labels(after)).Count(x => x.First != x.Second);
        static int[] Labels(string run)
        {
            using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "dataset.json")));
            return [.. json.RootElement.GetProperty("training").EnumerateArray().Select(s => s.GetProperty("label").GetInt32())];
        }

        static int Mislabelled(string run)
        {
            using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "dataset.json")));
            return json.RootElement.GetProperty("training").EnumerateArray().Count(s => s.TryGetProperty("trueLabel", out _));
        }
    }

    private static double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void The_report_of_a_run_shows_its_experiments()
    {
        using var folder = new TemporaryFolder();
        var run = TinyTraining.Train(folder, "run", "--set", "noise.share=0.2");
        DmlCommand.Succeed("experiment", "relabel", run, "--set", "if.lambda=50");
        DmlCommand.Succeed("report", run);
        var report = File.ReadAllText(Path.Combine(run, "report.html"));
        Assert.Contains("experiment-relabel", report, StringComparison.Ordinal);
        Assert.Contains("Recommending labels", report, StringComparison.Ordinal);
        XDocument.Parse(report.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Finished_pieces_are_taken_over_under_the_same_plan_alone()
    {
        using var folder = new TemporaryFolder();
        var computed = 0;
        double[] Compute() => [++computed, 0.1];
        Assert.Equal([1, 0.1], new ExperimentUnits(folder.Path, "plan").Get("a", Compute));
        Assert.Equal([1, 0.1], new ExperimentUnits(folder.Path, "plan").Get("a", Compute));
        Assert.Equal([2, 0.1], new ExperimentUnits(folder.Path, "plan").Get("b", Compute));
        Assert.Equal([3, 0.1], new ExperimentUnits(folder.Path, "other plan").Get("a", Compute));
        new ExperimentUnits(folder.Path, "plan").Clear();
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData(
        "Expected a run with known label noise, found none in {clean}; train one with --set noise.share=0.1, or rank this run's labels with "
            + "`dml mislabel {clean}`.",
        "mislabel", "{clean}")]
    [InlineData("Expected a run folder at {dir}/none, found none; `dml train CONFIG --out {dir}/none` makes one.", "relabel", "{dir}/none")]
    [InlineData(
        "Expected runs of one dataset, found glyphs with 48 test items in {clean} and other classes or test items (glyphs, "
            + "54) in {other}; give runs of one dataset.",
        "generalization", "{clean}", "{other}", "--out", "{dir}/out")]
    [InlineData("--out: expected a folder for the results of 2 runs, found nothing; give --out DIR.", "relabel", "{clean}", "{clean}")]
    [InlineData("Expected one run to fix, found 2; fix them one by one.", "fix", "{clean}", "{clean}", "--out", "{dir}/out")]
    [InlineData(
        "experiment.estimators: expected estimators whose scores have a sign, found similarity, which scores relevance; leave it out.", "confusion-table",
        "{clean}", "--out", "{dir}/out", "--set", "experiment.estimators=[\"similarity\"]", "--set", "experiment.pairs=0")]
    [InlineData(
        "experiment.namedPairs: expected two indices or two ids of test items A:B, such as class012/000.png:class019/005.png, found \"a\", which names no "
            + "two of them; name them by their indices.",
        "samples", "{clean}", "--out", "{dir}/out", "--set", "experiment.namedPairs=[\"a\"]")]
    [InlineData(
        "experiment.namedPairs 0:1: expected items of different classes, found class 12 twice; such a pair is no confusion.", "runtime", "{clean}",
        "--out", "{dir}/out", "--set", "experiment.namedPairs=[\"0:1\"]")]
    [InlineData(
        "--set loss.scale=2: expected a setting of experiment, such as experiment.estimators=[\"eif\",\"if\",\"tracin\"], "
            + "or of an estimator by its name, such as if.lambda=10, found another; correct it.",
        "relabel", "{clean}", "--set", "loss.scale=2")]
    [InlineData("experiment: unknown experiment \"mislable\"; did you mean \"mislabel\"?", "mislable", "{clean}")]
    public void A_mistake_gets_its_sentence(string sentence, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        DmlCommand.Refuse(folder, Fill(sentence), ["experiment", .. arguments.Select(Fill)]);

        string Fill(string text) => text.Replace("{clean}", runs.Clean, StringComparison.Ordinal).Replace("{other}", runs.Other, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nobody.png,a,b", "2: expected the id of a training sample, found \"nobody.png\", which the dataset does not have; "
        + "leave the line out, or give the dataset that the file was made for.")]
    [InlineData("nobody.png,a", "2: expected 3 fields as in the first line, found 2; correct the line.")]
    public void A_wrong_file_of_labels_is_refused(string line, string sentence)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("labels.csv", $"id,old_class,new_class\n{line}\n");
        DmlCommand.Refuse(folder, $"{file}:{sentence}", "train", TinyTraining.WriteConfig(folder), "--out", "{dir}/run", "--set", $"relabels={file}");
    }

    [Theory]
    [InlineData("3..1")]
    [InlineData("1,1")]
    [InlineData("a")]
    [InlineData("0..5000")]
    public void Seeds_that_are_none_are_refused(string seeds)
    {
        using var folder = new TemporaryFolder();
        DmlCommand.Refuse(
            folder, $"--seeds: expected A..B with at most 1000 seeds, or different seeds A,B,C, found \"{seeds}\".", "train", TinyTraining.WriteConfig(folder),
            "--out", "{dir}/run", "--seeds", seeds);
    }

    private static JsonElement Run(TemporaryFolder folder, string name, string[] of, params string[] more)
    {
        DmlCommand.Succeed(["experiment", name, .. of, "--out", folder.File("out"), .. more]);
        using var json = JsonDocument.Parse(File.ReadAllText(folder.File($"out/{name}.json")));
        Assert.True(File.Exists(folder.File("out/report.html")));
        return json.RootElement.Clone();
    }
}
