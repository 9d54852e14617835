using System.Text.Json;
using Dml.Engine.Explaining;
using Dml.Tests.Golden;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.EndToEnd;

/// <summary>The published influence, computed by the command line from a features file.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class GoldenCommandTests
{
    private static readonly string[] Goldens = ["pair0", "pair1", "pair2", "group0", "group1"];
    private static readonly string[] AllTargets = ["--pair", "168:105", "--pair", "199:0", "--pair", "86:172", "--groups", "2"];

    public static TheoryData<string, string, int, int> Cases()
    {
        var cases = new TheoryData<string, string, int, int>();
        foreach (var loss in new[] { "proxy-nca-pp", "softtriple" })
        {
            foreach (var precision in new[] { "float64", "float32" })
            {
                foreach (var (steps, directions) in new[] { (50, 1), (50, 2), (1, 1) }) cases.Add(loss, precision, steps, directions);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_command_gives_the_published_influence(string loss, string precision, int steps, int directions)
    {
        using var folder = new TemporaryFolder();
        using var golden = new GoldenCase(precision == "float64" ? ScalarType.Float64 : ScalarType.Float32, loss == "softtriple" ? "st" : "pnca");
        using var scope = NewDisposeScope();
        string[] settings = ["--set", $"estimator.steps={steps}", "--set", $"estimator.directions={directions}", "--set", "estimator.learningRate=1e-3"];
        var run = InfluenceRun.Of(
            InfluenceRun.ArgumentsWith(loss, FeatureTensors.GoldenFileOf(loss), folder.File("out"), [.. AllTargets, "--precision", precision, .. settings]),
            folder.File("out"));
        Assert.Equal([5, 240], run.Harm.shape);
        foreach (var (row, name) in Goldens.Index()) golden.AssertGoldenOfLoss(run.Harm[row], $"{name}/EIF_s{steps}_t{directions}");
        AssertSummary(run, loss, precision, steps, directions);
    }

    [Fact]
    public void The_default_is_ten_groups_in_float32_with_two_directions_of_50_steps()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var run = InfluenceRun.Of(FeatureTensors.GoldenFile, folder.File("out"));
        Assert.Equal(ScalarType.Float32, run.Harm.dtype);
        Assert.Equal([13L, 14, 17, 15, 12, 20, 16, 18, 21, 19], run.Names.Select(n => long.Parse(n["group ".Length..], null)));
        using var golden = new GoldenCase(ScalarType.Float32);
        golden.AssertGolden(run.Harm[0], "group0/EIF_s50_t2_pnca");
        golden.AssertGolden(run.Harm[1], "group1/EIF_s50_t2_pnca");
    }

    [Fact]
    public void Targets_come_as_named_pairs_then_wrong_items_by_index_then_groups()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var run = InfluenceRun.Of(
            FeatureTensors.GoldenFile, folder.File("out"), "--groups", "1", "--pairs", "3", "--pair", "199:0", "--pair", "86:172",
            "--set", "estimator.steps=1");
        var wrong = GoldenCase.Load("wrong_indices").data<long>().Zip(GoldenCase.Load("confuse_indices").data<long>().ToArray(), (a, b) => $"pair {a}:{b}");
        Assert.Equal(["pair 199:0", "pair 86:172", .. wrong.Take(3), "group 13"], run.Names);
    }

    [Fact]
    public void All_wrong_items_are_explained_when_asked_for()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var run = InfluenceRun.Of(FeatureTensors.GoldenFile, folder.File("out"), "--pairs", "all", "--set", "estimator.steps=1");
        Assert.Equal(GoldenCase.Load("wrong_indices").data<long>().Select(i => (int)i), run.Targets.Select(t => t.GetProperty("pairs")[0][0].GetInt32()));
    }

    [Fact]
    public void A_pair_that_is_no_nearest_neighbour_is_flagged()
    {
        using var folder = new TemporaryFolder();
        var neighbours = GoldenCase.Load("nn_indices").data<long>().ToArray();
        var outcome = DmlCommand.Succeed(InfluenceRun.Arguments(FeatureTensors.GoldenFile, folder.Path, "--pair", "168:0", "--pair", "168:105"));
        var targets = new InfluenceRun(folder.Path).Targets;
        Assert.False(targets[0].GetProperty("nearestNeighbour").GetBoolean());
        Assert.Equal($"0 is not the nearest neighbour of 168, which is {neighbours[168]}", targets[0].GetProperty("note").GetString());
        Assert.True(targets[1].GetProperty("nearestNeighbour").GetBoolean());
        Assert.Contains("note: 0 is not the nearest neighbour of 168", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Influence_of_a_loss_that_is_no_mean_of_samples_says_so()
    {
        using var folder = new TemporaryFolder();
        const string Note = "The loss proxy-anchor is no mean of samples: harm speaks of a sample's share, "
            + "the derivative of the loss of batches in the sample's weight.";
        var arguments = InfluenceRun.ArgumentsWith("proxy-anchor", FeatureTensors.GoldenFile, folder.Path, "--groups", "1", "--precision", "float64");
        var outcome = DmlCommand.Succeed(arguments);
        var run = new InfluenceRun(folder.Path);
        Assert.False(run.Summary.GetProperty("lossIsMeanOfSamples").GetBoolean());
        Assert.Contains($"Note: {Note}", outcome.Output, StringComparison.Ordinal);
        Assert.Equal(Note, InfluenceRecord.TryRead(folder.Path)!.LossNote);
        var mislabel = DmlCommand.Succeed("mislabel", "--features", FeatureTensors.GoldenFile, "--loss", "proxy-anchor", "--groups", "1", "--out", folder.Path);
        using var ranking = JsonDocument.Parse(File.ReadAllText(folder.File("mislabel.json")));
        Assert.False(ranking.RootElement.GetProperty("lossIsMeanOfSamples").GetBoolean());
        Assert.Contains($"Note: {Note}", mislabel.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "no mean of samples", DmlCommand.Succeed(InfluenceRun.Arguments(FeatureTensors.GoldenFile, folder.Path, "--groups", "1")).Output,
            StringComparison.Ordinal);
    }

    private static void AssertSummary(InfluenceRun run, string loss, string precision, int steps, int directions)
    {
        Assert.Equal("eif", run.Summary.GetProperty("estimator").GetString());
        Assert.Equal(loss, run.Summary.GetProperty("loss").GetString());
        Assert.True(run.Summary.GetProperty("lossIsMeanOfSamples").GetBoolean());
        Assert.Equal(precision, run.Summary.GetProperty("precision").GetString());
        var settings = run.Summary.GetProperty("settings");
        Assert.Equal(steps, settings.GetProperty("steps").GetInt32());
        Assert.Equal(directions, settings.GetProperty("directions").GetInt32());
        Assert.Equal(1e-3, settings.GetProperty("learningRate").GetDouble());
        Assert.Equal(["pair 168:105", "pair 199:0", "pair 86:172", "group 13", "group 14"], run.Names);
        foreach (var (name, target) in Goldens.Zip(run.Targets)) AssertTarget(name, target, steps, directions);
    }

    private static void AssertTarget(string name, JsonElement target, int steps, int directions)
    {
        var confusion = GoldenCase.Confusion(name);
        Assert.Equal(name[..^1], target.GetProperty("kind").GetString());
        Assert.Equal(confusion.Pairs, target.GetProperty("pairs").EnumerateArray().Select(p => new TestPair(p[0].GetInt32(), p[1].GetInt32())));
        Assert.Equal(GoldenCase.Scalar($"{name}/d0"), target.GetProperty("distance").GetDouble(), 1e-12);
        Assert.Equal("fast", target.GetProperty("path").GetString());
        var walks = target.GetProperty("directions").EnumerateArray().ToList();
        Assert.Equal(directions == 2 ? [1, -1] : [1], walks.Select(w => w.GetProperty("sign").GetInt32()));
        foreach (var walk in walks)
        {
            var golden = $"{name}/{(walk.GetProperty("sign").GetInt32() > 0 ? "asc" : "desc")}{steps}";
            Assert.Equal(GoldenCase.Scalar($"{golden}/updates_done"), walk.GetProperty("steps").GetInt32());
            Assert.Equal(GoldenCase.Scalar($"{golden}/deltaD"), walk.GetProperty("deltaDistance").GetDouble(), 1e-11);
        }
    }
}
