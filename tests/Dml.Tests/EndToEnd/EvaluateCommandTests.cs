using System.Globalization;
using System.Text.Json;
using Dml.Engine.Evaluation;
using Dml.Engine.Features;
using Dml.Engine.Runs;
using Dml.Numerics;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.EndToEnd;

/// <summary>dml evaluate: every figure that it prints and writes, its settings and its views.</summary>
/// <param name="tiny">A run of seed 0.</param>
[Collection(CommandLineCollection.Name)]
public sealed class EvaluateCommandTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private static string Golden => FeatureTensors.GoldenFile;

    [Fact]
    public void Metrics_and_classes_are_printed_and_written()
    {
        using var folder = new TemporaryFolder();
        var output = DmlCommand.Succeed("evaluate", "--features", Golden, "--per-class", "--out", folder.Path).Output;
        var metrics = RunMetrics.TryRead(folder.File("metrics.json"))!;
        Assert.Equal(Tests.Golden.GoldenCase.Scalar("map@r_textbook_euclidean (not the reference)"), metrics.MapAtR!.Value, 1e-6);
        Assert.InRange(metrics.Nmi!.Value, 0.4, 0.9);
        Assert.Equal((10, 0L, 1, true), (metrics.Kmeans!.Clusters, metrics.Kmeans.Seed, metrics.Kmeans.Restarts, metrics.Kmeans.Converged));
        Assert.Equal(RetrievalEvaluation.SharedView, metrics.View);
        Assert.Null(metrics.InfluenceView);
        Assert.Contains(
            string.Create(CultureInfo.InvariantCulture, $"MAP@R {metrics.MapAtR:0.0000}  NMI {metrics.Nmi:0.0000}  (64 of 200 test items wrong)\n"), output,
            StringComparison.Ordinal);

        var rows = Csv.Parse(File.ReadAllText(folder.File("classes.csv")));
        Assert.Equal(10, metrics.Classes.Count);
        Assert.Equal(64, metrics.Classes.Sum(c => c.Wrong));
        Assert.Equal(metrics.Classes.OrderByDescending(c => c.Wrong).ThenBy(c => c.Label), metrics.Classes);
        foreach (var (c, row) in metrics.Classes.Zip(rows.Skip(1)))
        {
            Assert.Equal([$"{c.Label}", $"class {c.Label}", $"{c.Items}", $"{c.Wrong}"], row.Take(4));
            Assert.Equal(c.MapAtR!.Value, double.Parse(row[5], CultureInfo.InvariantCulture));
            Assert.Matches($"class {c.Label} +{c.Items} +{c.Wrong} .* {c.ConfusedName} \\({c.ConfusedCount}\\)\n", output);
        }
    }

    [Fact]
    public void Settings_change_what_is_computed()
    {
        using var folder = new TemporaryFolder();
        RunMetrics Evaluate(params string[] settings)
        {
            DmlCommand.Succeed(["evaluate", "--features", Golden, "--out", folder.Path, .. settings.SelectMany(s => new[] { "--set", s })]);
            return RunMetrics.TryRead(folder.File("metrics.json"))!;
        }

        var bare = Evaluate("evaluation.nmi=false", "evaluation.mapAtR=false");
        Assert.Equal((null, null, null), (bare.Nmi, bare.MapAtR, bare.Kmeans));
        Assert.Equal(
            (7L, 3), (Evaluate("seed=7", "evaluation.kmeansRestarts=3").Kmeans!.Seed, RunMetrics.TryRead(folder.File("metrics.json"))!.Kmeans!.Restarts));

        var unit = Evaluate("evaluation.unitEmbeddings=true");
        using var scope = NewDisposeScope();
        var embeddings = Tests.Golden.GoldenCase.Load("f64/test_embeddings");
        var labels = Tests.Golden.GoldenCase.Load("in/test_labels").data<long>().ToArray();
        var rows = PlainRows(embeddings / embeddings.norm(1, keepdim: true));
        var wrong = Enumerable.Range(0, 200).Count(i => labels[Numerics.PlainNeighbours.Of(rows[i], rows, i)[0].Index] != labels[i]);
        Assert.True(unit.UnitEmbeddings);
        Assert.Equal(wrong, unit.WrongItems);
        Assert.NotEqual(bare.WrongItems, unit.WrongItems);
    }

    [Fact]
    public void Further_metrics_are_printed_explained_and_written_for_each_class()
    {
        using var folder = new TemporaryFolder();
        DmlCommand.Succeed("evaluate", "--features", Golden, "--out", folder.File("plain"));
        var output = DmlCommand.Succeed(
            "evaluate", "--features", Golden, "--per-class", "--out", folder.File("further"),
            "--set", "evaluation.metrics=[\"AMI\", \"MRR\", \"R-precision\"]").Output;
        var (plain, further) = (RunMetrics.TryRead(folder.File("plain/metrics.json"))!, RunMetrics.TryRead(folder.File("further/metrics.json"))!);
        Assert.Null(plain.Metrics);
        Assert.Equal(["AMI", "MRR", "R-precision"], further.Metrics!.Keys);
        Assert.Equal((plain.MapAtR, plain.Nmi, plain.Kmeans), (further.MapAtR, further.Nmi, further.Kmeans));
        Assert.Contains(string.Create(
            CultureInfo.InvariantCulture, $"NMI {further.Nmi:0.0000}  AMI {further.Metrics["AMI"]:0.0000}  MRR {further.Metrics["MRR"]:0.0000}  R-precision "),
            output, StringComparison.Ordinal);
        Assert.Contains("MRR: mean of 1 / rank of the nearest relevant item among all items.\n", output, StringComparison.Ordinal);

        var (rows, plainRows) =
            (Csv.Parse(File.ReadAllText(folder.File("further/classes.csv"))), Csv.Parse(File.ReadAllText(folder.File("plain/classes.csv"))));
        Assert.Equal(["confused_count", "mrr", "r_precision"], rows[0].Skip(8));
        Assert.Equal(plainRows, rows.Select(row => row.Take(9)));
        Assert.Matches("R@1 +MAP@R +MRR +R-precision +most confused with", output);
        foreach (var (c, row) in further.Classes.Zip(rows.Skip(1)))
        {
            Assert.Equal(["MRR", "R-precision"], c.Metrics!.Keys);
            Assert.Equal(c.Metrics.Values.Select(v => v!.Value), row.Skip(9).Select(v => double.Parse(v, CultureInfo.InvariantCulture)));
        }

        Assert.Equal(further.Metrics["MRR"]!.Value, further.Classes.Sum(c => c.Items * c.Metrics!["MRR"]!.Value) / further.TestItems, 1e-12);
        using var scope = NewDisposeScope();
        using var set = FeatureFile.Read(Golden);
        var clusters = KMeans.Run(set.TestEmbeddings(), 10).Clusters;
        Assert.Equal(ClusteringMetrics.AdjustedMutualInformation(set.TestLabels.data<long>().ToArray(), clusters), further.Metrics["AMI"]);
    }

    [Theory]
    [InlineData("--set evaluation.nmi=perhaps: evaluation.nmi: expected true or false, found the text \"perhaps\"", "evaluation.nmi=perhaps")]
    [InlineData("--set evaluation.nmy=true: evaluation.nmy: unknown key \"nmy\"; did you mean \"nmi\"?", "evaluation.nmy=true")]
    [InlineData(
        "--set evaluation.memoryMegabytes=0: evaluation.memoryMegabytes: expected a whole number from 1 to 1048576, found the number 0",
        "evaluation.memoryMegabytes=0")]
    [InlineData("--set evaluation.metrics=[\"MPR\"]: evaluation.metrics[0]: unknown metric \"MPR\"; did you mean \"MRR\"?", "evaluation.metrics=[\"MPR\"]")]
    [InlineData("--set seed=-1: seed: expected a whole number of at least 0, found the number -1", "seed=-1")]
    public void A_wrong_setting_is_refused(string sentence, string setting)
    {
        using var folder = new TemporaryFolder();
        DmlCommand.Refuse(folder, sentence, "evaluate", "--features", Golden, "--out", "{dir}/out", "--set", setting);
    }

    [Fact]
    public void A_setting_of_the_evaluation_is_refused_where_it_has_no_effect()
    {
        using var folder = new TemporaryFolder();
        const string Sentence = "--set evaluation.nmi=false: expected a setting of loss, estimator or threads, "
            + "found one of evaluation, which training and evaluation use; "
            + "give it to `dml train` or `dml evaluate`.";
        DmlCommand.Refuse(folder, Sentence, InfluenceRun.Arguments(Golden, "{dir}/out", "--set", "evaluation.nmi=false"));
    }

    [Fact]
    public void A_run_is_evaluated_by_its_own_settings()
    {
        using var folder = new TemporaryFolder();
        var run = TinyTraining.Train(folder, "run", "--seed", "3", "--set", "evaluation.kmeansRestarts=2");
        var trained = RunMetrics.TryRead(Path.Combine(run, "metrics.json"))!;
        Assert.Equal((8, 3L, 2), (trained.Kmeans!.Clusters, trained.Kmeans.Seed, trained.Kmeans.Restarts));
        DmlCommand.Succeed("evaluate", run, "--out", folder.File("again"));
        foreach (var file in new[] { "metrics.json", "classes.csv" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(run, file)), File.ReadAllBytes(folder.File("again/" + file)));
        }

        DmlCommand.Succeed("evaluate", run, "--out", folder.File("other"), "--set", "evaluation.kmeansRestarts=1");
        Assert.Equal(1, RunMetrics.TryRead(folder.File("other/metrics.json"))!.Kmeans!.Restarts);
    }

    [Fact]
    public void A_run_of_before_the_evaluation_had_settings_is_evaluated_by_the_defaults()
    {
        using var folder = new TemporaryFolder();
        using var config = JsonDocument.Parse(tiny.Bytes("config.json"));
        Assert.True(config.RootElement.GetProperty("evaluation").GetProperty("nmi").GetBoolean());
        foreach (var file in TinyTraining.RunFiles) folder.Write("old/" + file, System.Text.Encoding.UTF8.GetString(tiny.Bytes(file)));
        File.WriteAllBytes(folder.File("old/features.safetensors"), tiny.Bytes("features.safetensors"));
        var old = config.RootElement.EnumerateObject().Where(p => p.Name != "evaluation").ToDictionary(p => p.Name, p => p.Value);
        File.WriteAllText(folder.File("old/config.json"), JsonSerializer.Serialize(old));
        DmlCommand.Succeed("evaluate", folder.File("old"));

        // The same figures; what they come from names another config.
        Assert.Equal(Figures(Path.Combine(tiny.Path, "metrics.json")), Figures(folder.File("old/metrics.json")));

        static string Figures(string file) => File.ReadAllText(file).Split("\"origin\"")[0];
    }

    [Fact]
    public void Figures_of_both_views_are_told_where_there_are_two()
    {
        using var folder = new TemporaryFolder();
        using var features = new FeatureTensors();
        random.manual_seed(4);
        features.Add("test_features_evaluation", features["test_features"] + (0.3f * randn(200, 64)));
        var output = DmlCommand.Succeed("evaluate", "--features", features.Write(folder), "--out", folder.File("both")).Output;
        var both = RunMetrics.TryRead(folder.File("both/metrics.json"))!;
        DmlCommand.Succeed("evaluate", "--features", Golden, "--out", folder.File("influence"));
        var influence = RunMetrics.TryRead(folder.File("influence/metrics.json"))!;
        features["test_features"] = features["test_features_evaluation"];
        features.Remove("test_features_evaluation");
        DmlCommand.Succeed("evaluate", "--features", features.Write(folder), "--out", folder.File("evaluation"));
        var evaluation = RunMetrics.TryRead(folder.File("evaluation/metrics.json"))!;
        Assert.Equal(RetrievalEvaluation.EvaluationView, both.View);
        Assert.Equal(new ViewRecord(influence.Recall["1"], influence.WrongItems), both.InfluenceView);
        Assert.Equal(evaluation.Recall, both.Recall);
        Assert.Equal((evaluation.MapAtR, evaluation.Nmi, evaluation.WrongItems), (both.MapAtR, both.Nmi, both.WrongItems));
        Assert.NotEqual(influence.WrongItems, both.WrongItems);
        Assert.Contains($"in the influence view R@1 is 0.6800  (64 of 200 test items wrong)", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_features_file_keeps_the_evaluation_view()
    {
        using var folder = new TemporaryFolder();
        using var features = new FeatureTensors();
        features.Add("test_features_evaluation", features["test_features"] * 2);
        using var read = FeatureFile.Read(features.Write(folder));
        FeatureFile.Write(folder.File("again.safetensors"), read);
        using var again = FeatureFile.Read(folder.File("again.safetensors"));
        using var scope = NewDisposeScope();
        Assert.Equal((features["test_features"] * 2).data<float>().ToArray(), again.EvaluationFeatures!.data<float>().ToArray());
        Assert.Equal(2 * again.TestCount * again.EmbeddingSize, 2 * again.EvaluationEmbeddings().numel());
    }

    [Fact]
    public void Queries_are_looked_up_in_the_gallery_and_all_are_clustered()
    {
        using var scope = NewDisposeScope();
        using var set = FeatureFile.Read(Golden);
        var labels = set.TestLabels.data<long>().ToArray();
        var dataset = new DatasetRecord("shop", [.. Enumerable.Range(0, 22).Select(i => $"item {i}")], 12, [], [], QueryCount: 150);
        var metrics = new RetrievalEvaluation(new(new(), 0), new SilentProgress(), default).Evaluate(set, dataset, []);
        var rows = PlainRows(set.TestEmbeddings());
        var wrong = Enumerable.Range(0, 150).Count(q => labels[150 + Numerics.PlainNeighbours.Of(rows[q], rows[150..])[0].Index] != labels[q]);
        Assert.Equal(["1", "10", "20", "30", "40", "50"], metrics.Recall.Keys);
        Assert.Equal((150, wrong), (metrics.TestItems, metrics.WrongItems));
        Assert.Equal(10, metrics.Kmeans!.Clusters);
        Assert.All(metrics.Classes, c => Assert.Equal($"item {c.Label}", c.Name));
        var clusters = KMeans.Run(set.TestEmbeddings(), 10).Clusters;
        Assert.Equal(ClusteringMetrics.NormalizedMutualInformation(labels, clusters), metrics.Nmi);
    }

    private static double[][] PlainRows(Tensor rows) => Numerics.PlainNeighbours.Rows(rows);
}
