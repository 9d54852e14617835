using System.Text.Json;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.EndToEnd;

/// <summary>Forms of a features file that are accepted, and what top.csv says of its samples.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class FeatureInputTests
{
    private static readonly string[] Ids = [.. Enumerable.Range(0, 240).Select(i => $"a, \"{i}\"")];

    [Fact]
    public void Top_csv_ranks_both_sides_by_harm_and_quotes_ids()
    {
        using var folder = new TemporaryFolder();
        using var features = new FeatureTensors();
        features.Metadata["train_ids"] = JsonSerializer.Serialize(Ids);
        var run = InfluenceRun.Of(features.Write(folder), folder.File("out"), "--groups", "2", "--pair", "168:105", "--top", "7");
        Assert.Equal(3 * 2 * 7, run.Top.Count);
        var labels = features["train_labels"].data<long>().ToArray();
        foreach (var (row, target) in run.Names.Index())
        {
            var harm = run.Harm[row].to(float64).data<double>().ToArray();
            var order = Enumerable.Range(0, harm.Length).OrderByDescending(i => harm[i]).ToList();
            AssertSide(run, target, "harmful", harm, [.. order.Take(7)]);
            AssertSide(run, target, "helpful", harm, [.. order.AsEnumerable().Reverse().Take(7)]);
        }

        Assert.All(run.Top, row => Assert.Equal((Ids[row.Index], labels[row.Index]), (row.Id, row.Label)));
    }

    [Fact]
    public void Top_csv_has_50_samples_of_each_side_where_so_many_have_that_sign()
    {
        using var folder = new TemporaryFolder();
        var run = InfluenceRun.Of(FeatureTensors.GoldenFile, folder.Path, "--groups", "1");
        var harm = run.Harm[0].to(float64).data<double>().ToArray();
        Assert.Equal(Math.Min(50, harm.Count(h => h > 0)), run.Top.Count(r => r.Side == "harmful"));
        Assert.Equal(Math.Min(50, harm.Count(h => h < 0)), run.Top.Count(r => r.Side == "helpful"));
        Assert.All(run.Top, row => Assert.Equal($"train/{row.Index}", row.Id));
    }

    [Fact]
    public void Ids_come_from_the_sidecar_file_too()
    {
        using var folder = new TemporaryFolder();
        using var features = new FeatureTensors();
        var path = features.Write(folder);
        File.WriteAllText(path + ".ids.json", JsonSerializer.Serialize(new Dictionary<string, string[]> { ["train_ids"] = Ids }));
        var run = InfluenceRun.Of(path, folder.File("out"), "--groups", "1");
        Assert.All(run.Top, row => Assert.Equal(Ids[row.Index], row.Id));
    }

    [Theory]
    [InlineData("train_ids", """["a", "b"]""", "{dir}/features.safetensors: expected 240 train_ids, found 2; give one for each sample.")]
    [InlineData("test_ids", "[]", "{dir}/features.safetensors: expected 200 test_ids, found 0; give one for each sample.")]
    [InlineData(
        "train_ids", "[null]", "{dir}/features.safetensors: expected train_ids as a JSON list of texts, found something else; correct it or leave it out.")]
    [InlineData("train_ids", "{}", "{dir}/features.safetensors: expected train_ids as a JSON list of texts, found something else; correct it or leave it out.")]
    public void Ids_of_another_number_or_form_are_refused(string name, string json, string sentence)
    {
        using var folder = new TemporaryFolder();
        using var features = new FeatureTensors();
        features.Metadata[name] = json;
        var path = features.Write(folder);
        DmlCommand.Refuse(folder, sentence, InfluenceRun.Arguments(path, "{dir}/out"));
        DmlCommand.Refuse(folder, sentence, "evaluate", "--features", path, "--out", "{dir}/out");
    }

    [Fact]
    public void A_sidecar_that_is_no_object_of_lists_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var features = new FeatureTensors();
        var path = features.Write(folder);
        folder.Write("features.safetensors.ids.json", "[1, 2]");
        const string Sentence = "{dir}/features.safetensors.ids.json: expected train_ids as a JSON list of texts, "
            + "found something else; correct it or leave it out.";
        DmlCommand.Refuse(folder, Sentence, InfluenceRun.Arguments(path, "{dir}/out"));
    }

    [Fact]
    public void Float64_features_and_int32_labels_give_the_same_harm()
    {
        using var folder = new TemporaryFolder();
        using var features = new FeatureTensors();
        foreach (var name in new[] { "train_features", "test_features", "head.weight", "head.bias", "loss.proxies" })
        {
            features[name] = features[name].to(float64);
        }

        foreach (var name in new[] { "train_labels", "test_labels" }) features[name] = features[name].to(int32);
        string[] targets = ["--groups", "2", "--precision", "float64"];
        var run = InfluenceRun.Of(features.Write(folder), folder.File("out"), targets);
        var golden = InfluenceRun.Of(FeatureTensors.GoldenFile, folder.File("golden"), targets);
        Assert.InRange(((run.Harm - golden.Harm).norm() / golden.Harm.norm()).item<double>(), 0, 1e-12);
        Assert.Equal(ScalarType.Float64, run.Harm.dtype);
    }

    [Fact]
    public void Evaluate_and_confusions_read_a_features_file_without_a_loss()
    {
        using var folder = new TemporaryFolder();
        var evaluated = DmlCommand.Succeed("evaluate", "--features", FeatureTensors.GoldenFile, "--out", folder.Path);
        using var metrics = JsonDocument.Parse(File.ReadAllText(folder.File("metrics.json")));
        Assert.Equal(Golden.GoldenCase.Scalar("recall@1"), metrics.RootElement.GetProperty("recall").GetProperty("1").GetDouble(), 1e-12);
        Assert.StartsWith("R@1 ", evaluated.Output, StringComparison.Ordinal);
        var confusions = DmlCommand.Succeed("confusions", "--features", FeatureTensors.GoldenFile, "--groups", "2", "--out", folder.Path);
        using var found = JsonDocument.Parse(File.ReadAllText(folder.File("confusions.json")));
        Assert.Equal(["group 13", "group 14"], found.RootElement.GetProperty("groups").EnumerateArray().Select(g => g.GetProperty("name").GetString()!));
        Assert.Contains("test items are nearest to an item of another class.", confusions.Output, StringComparison.Ordinal);
    }

    private static void AssertSide(InfluenceRun run, string target, string side, double[] harm, int[] expected)
    {
        var rows = run.Top.Where(r => r.Target == target && r.Side == side).ToList();
        Assert.Equal(Enumerable.Range(1, expected.Length), rows.Select(r => r.Rank));
        Assert.Equal(expected, rows.Select(r => r.Index));
        Assert.Equal(expected.Select(i => harm[i]), rows.Select(r => r.Harm));
        Assert.All(rows, row => Assert.Equal(side == "harmful", row.Harm > 0));
    }
}
