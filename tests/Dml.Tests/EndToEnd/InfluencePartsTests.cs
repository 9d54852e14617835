using System.Text.Json;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>An influence computation that is spread over processes, or cut and gone on with: the same bytes as one that was not.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class InfluencePartsTests
{
    private static readonly string[] Work = ["--pairs", "12", "--groups", "3", "--block", "50", "--target-block", "4"];

    [Theory]
    [InlineData("targets", 2)]
    [InlineData("targets", 7)]
    [InlineData("samples", 3)]
    public void Merged_parts_are_the_bytes_of_one_run(string by, int count)
    {
        using var folder = new TemporaryFolder();
        var one = Run(folder, "one");
        if (by == "samples") Influence(folder, "parts", "--solve");
        foreach (var i in Enumerable.Range(0, count).Reverse()) Influence(folder, "parts", "--shard", $"{i}/{count}", "--shard-by", by);
        Assert.False(File.Exists(folder.File("parts/scores.safetensors")));
        DmlCommand.Succeed("merge", folder.File("parts"));
        AssertSame(one, folder.File("parts"));
        Assert.False(Directory.Exists(folder.File("parts/influence.parts")));
    }

    [Fact]
    public void Parts_of_several_folders_are_merged_into_another()
    {
        using var folder = new TemporaryFolder();
        var one = Run(folder, "one");
        foreach (var i in new[] { 0, 1 }) Influence(folder, $"part{i}", "--shard", $"{i}/2");
        DmlCommand.Succeed("merge", folder.File("part0"), folder.File("part1"), "--out", folder.File("joined"));
        AssertSame(one, folder.File("joined"));
    }

    [Fact]
    public void A_cut_run_goes_on_where_it_was()
    {
        using var folder = new TemporaryFolder();
        var one = Run(folder, "one");

        // What a cut run leaves: some cells, and a file that was being written.
        Influence(folder, "cut", "--shard", "1/2");
        File.WriteAllText(folder.File("cut/influence.parts/harm-00000-00002.safetensors.partial"), "half a file");
        File.Delete(folder.File("cut/influence.parts/harm-00003-00001.safetensors"));
        AssertSame(one, Run(folder, "cut"));
    }

    [Fact]
    public void Blocks_change_nothing_but_the_last_digits()
    {
        using var folder = new TemporaryFolder();
        using var scope = TorchSharp.torch.NewDisposeScope();
        Run(folder, "one");
        Influence(folder, "other", "--block", "4096", "--target-block", "64");
        var (small, large) = (new InfluenceRun(folder.File("one")).Harm, new InfluenceRun(folder.File("other")).Harm);
        Assert.InRange(((small - large).norm() / large.norm()).item<float>(), 0, 1e-5f);
    }

    [Fact]
    public void Another_computation_does_not_go_on_with_parts_that_are_there()
    {
        using var folder = new TemporaryFolder();
        Influence(folder, "out", "--shard", "0/2");
        DmlCommand.Refuse(
            folder, "Expected {dir}/out/influence.parts to hold parts of this computation, found those of another (--block 50 and 51); "
                + "finish that one with its own settings, or remove the folder.",
            Arguments(folder, "out", "--block", "51"));
    }

    [Fact]
    public void Parts_that_do_not_belong_together_are_not_merged()
    {
        using var folder = new TemporaryFolder();
        Influence(folder, "part0", "--shard", "0/2");
        Influence(folder, "part1", "--shard", "1/2", "--set", "estimator.directions=1");
        DmlCommand.Refuse(
            folder, "Expected parts of one computation, found different ones in {dir}/part0 and {dir}/part1: settings "
                + $"of the estimator {Settings("part0")} and {Settings("part1")}; parts can be joined only if everything that decides their bytes is the same.",
            "merge", "{dir}/part0", "{dir}/part1");

        string Settings(string name)
        {
            using var plan = JsonDocument.Parse(File.ReadAllText(folder.File($"{name}/influence.parts/plan.json")));
            using var settings = JsonDocument.Parse(plan.RootElement.GetProperty("estimatorSettings").GetString()!);
            return JsonSerializer.Serialize(settings.RootElement);
        }
    }

    [Fact]
    public void Parts_that_are_not_all_there_are_not_merged()
    {
        using var folder = new TemporaryFolder();
        Influence(folder, "out", "--shard", "0/2");
        DmlCommand.Refuse(
            folder, "Expected 20 blocks of scores (4 blocks of targets by 5 of samples) in {dir}/out, found 10, "
                + "the first missing one harm-00002-00000.safetensors; "
                + "run the shards that are not done, or give their folders too.",
            "merge", "{dir}/out");
    }

    [Fact]
    public void Features_that_have_changed_are_not_merged()
    {
        using var folder = new TemporaryFolder();
        using var features = new FeatureTensors();
        features["train_labels"][0] = 11;
        var path = features.Write(folder);
        Influence(folder, "out2", "--shard", "0/2");
        Influence(folder, "out2", "--shard", "1/2");
        DmlCommand.Refuse(
            folder, $"Expected the features that the parts were computed from in {path}, found another content; give the right file with --features FILE.",
            "merge", "{dir}/out2", "--features", path);
    }

    [Theory]
    [InlineData("--shard: expected i/n with i from 0 to n - 1, such as 0/4, found \"2/2\".", "--shard", "2/2")]
    [InlineData("--shard: expected i/n with i from 0 to n - 1, such as 0/4, found \"-1/2\".", "--shard", "-1/2")]
    [InlineData("--shard: expected i/n with i from 0 to n - 1, such as 0/4, found \"1\".", "--shard", "1")]
    [InlineData("--shard: expected i/n with i from 0 to n - 1, such as 0/4, found \"0/0\".", "--shard", "0/0")]
    [InlineData("--shard-by: expected it with --shard i/n, found it alone; give --shard too, or leave it out.", "--shard-by", "samples")]
    [InlineData("--solve: expected it without --shard, found both; solve first, then score the parts.", "--solve", "--shard", "0/2")]
    [InlineData("--block: expected a number from 1 to 1048576, found 0.", "--block", "0")]
    [InlineData("--target-block: expected a number from 1 to 1048576, found -4.", "--target-block", "-4")]
    [InlineData(
        "--shard: expected solved targets, which parts of the samples share, found none in the output folder; "
            + "run the same command with --solve in place of --shard and --shard-by first.",
        "--shard", "0/2", "--shard-by", "samples")]
    public void A_wrong_part_is_refused(string sentence, params string[] options)
    {
        using var folder = new TemporaryFolder();
        DmlCommand.Refuse(folder, sentence, [.. InfluenceRun.Arguments(FeatureTensors.GoldenFile, "{dir}/out"), .. options]);
    }

    [Fact]
    public void A_folder_without_parts_is_not_merged()
    {
        using var folder = new TemporaryFolder();
        DmlCommand.Refuse(
            folder, "Expected parts of an influence computation in {dir}/none/influence.parts, found no plan.json; "
                + "`dml influence ... --shard i/n --out {dir}/none` writes them.",
            "merge", "{dir}/none");
    }

    [Fact]
    public void A_damaged_plan_is_told()
    {
        using var folder = new TemporaryFolder();
        Influence(folder, "out", "--shard", "0/2");
        File.WriteAllText(folder.File("out/influence.parts/plan.json"), "{");
        var outcome = DmlCommand.Run("merge", folder.File("out"));
        Assert.Equal(1, outcome.ExitCode);
        Assert.StartsWith(
            $"Expected the plan of an influence computation in {folder.File("out/influence.parts/plan.json")}, but it cannot be read (", outcome.LastErrorLine);
        Assert.EndsWith($"remove {folder.File("out/influence.parts")} and compute again.", outcome.LastErrorLine);
    }

    [Fact]
    public void The_summary_says_how_it_was_computed_and_what_it_took()
    {
        using var folder = new TemporaryFolder();
        Run(folder, "one");
        var summary = new InfluenceRun(folder.File("one")).Summary;
        var computation = summary.GetProperty("computation");
        Assert.Equal(50, computation.GetProperty("sampleBlock").GetInt32());
        Assert.Equal(4, computation.GetProperty("targetBlock").GetInt32());
        Assert.True(computation.GetProperty("threads").GetInt32() >= 1);
        Assert.NotEmpty(computation.GetProperty("processor").GetString()!);
        var cost = summary.GetProperty("cost");
        Assert.True(cost.GetProperty("solveSeconds").GetDouble() > 0);
        Assert.True(cost.GetProperty("scoreSeconds").GetDouble() > 0);
        Assert.True(cost.GetProperty("peakMemoryBytes").GetInt64() > 1 << 20);
        Assert.All(summary.GetProperty("targets").EnumerateArray(), t => Assert.Equal("none", t.GetProperty("solver").GetProperty("name").GetString()));
    }

    private static string[] Arguments(TemporaryFolder folder, string name, params string[] more) =>
        [.. InfluenceRun.Arguments(FeatureTensors.GoldenFile, folder.File(name)), .. Merge([.. Work], more)];

    /// <summary>Later options in place of earlier ones.</summary>
    private static List<string> Merge(List<string> options, string[] more)
    {
        for (var i = 0; i < more.Length; i++)
        {
            var at = options.IndexOf(more[i]);
            if (at >= 0 && more[i].StartsWith("--", StringComparison.Ordinal)) options[at + 1] = more[++i];
            else options.Add(more[i]);
        }

        return options;
    }

    private static void Influence(TemporaryFolder folder, string name, params string[] more) => DmlCommand.Succeed(Arguments(folder, name, more));

    private static string Run(TemporaryFolder folder, string name)
    {
        Influence(folder, name);
        return folder.File(name);
    }

    private static void AssertSame(string expected, string found)
    {
        foreach (var file in new[] { "scores.safetensors", "top.csv" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(expected, file)), File.ReadAllBytes(Path.Combine(found, file)));
        }

        var (one, other) = (new InfluenceRun(expected).Summary, new InfluenceRun(found).Summary);
        Assert.Equal(one.GetProperty("targets").GetRawText(), other.GetProperty("targets").GetRawText());
        Assert.Equal(one.GetProperty("computation").GetRawText(), other.GetProperty("computation").GetRawText());
    }
}
