using System.Globalization;
using System.Text.Json;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using Dml.Storage;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>
/// Processes that write into one run at once, or are killed while they do: each succeeds with all of its files there and sound, or is told
/// who writes there. DML_WRITER_TRIALS in the environment asks for more rounds than two.
/// </summary>
[Collection(CommandLineCollection.Name)]
public sealed class SeveralWritersTests(RunWithResults results) : IClassFixture<RunWithResults>
{
    private static readonly int Trials = int.Parse(Environment.GetEnvironmentVariable("DML_WRITER_TRIALS") ?? "2", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(4, false)]
    [InlineData(4, true)]
    public async Task Each_of_several_writers_succeeds_whole_or_is_told_who_writes(int writers, bool withResults)
    {
        for (var trial = 0; trial < Trials; trial++)
        {
            using var folder = new TemporaryFolder();
            var run = RunWithResults.Copy(withResults ? results.Path : results.Bare, folder.File("run"));
            var before = Names(run);
            var outcomes = await Task.WhenAll(Enumerable.Range(0, writers).Select(i => DmlProcess.Run("influence", run, "--groups", Groups(i))));
            var winners = new List<int>();
            foreach (var (i, outcome) in outcomes.Index())
            {
                if (outcome.ExitCode == 0) winners.Add(i);
                else RequireLockSentence(outcome, run);
            }

            Assert.NotEmpty(winners);
            RequireSound(run);
            Assert.Contains(TargetCount(run), winners.Select(i => int.Parse(Groups(i), CultureInfo.InvariantCulture)));
            Assert.Equal(before.Union(["influence.json", "scores.safetensors", "top.csv"]).Order(StringComparer.Ordinal), Names(run));
        }
    }

    [Fact]
    public async Task Different_commands_on_one_run_keep_each_other_out_too()
    {
        using var folder = new TemporaryFolder();
        var run = RunWithResults.Copy(results.Path, folder.File("run"));
        string[][] commands = [["confusions", run], ["evaluate", run], ["mislabel", run, "--groups", "1"], ["report", run]];
        var outcomes = await Task.WhenAll(commands.Select(c => DmlProcess.Run(c)));
        foreach (var outcome in outcomes.Where(o => o.ExitCode != 0)) RequireLockSentence(outcome, run);
        Assert.Contains(outcomes, o => o.ExitCode == 0);
        RequireSound(run);
    }

    [Fact]
    public async Task Shards_fill_one_folder_together()
    {
        using var folder = new TemporaryFolder();
        string[] work = ["--groups", "3", "--target-block", "1"];
        var parts = await Task.WhenAll(
            Enumerable.Range(0, 3).Select(i => DmlProcess.Run(["influence", results.Path, "--out", folder.File("parts"), .. work, "--shard", $"{i}/3"])));
        Assert.All(parts, part => Assert.True(part.ExitCode == 0, part.Error));
        DmlCommand.Succeed("merge", folder.File("parts"));
        DmlCommand.Succeed(["influence", results.Path, "--out", folder.File("whole"), .. work]);
        foreach (var file in new[] { "scores.safetensors", "top.csv" })
        {
            Assert.Equal(File.ReadAllBytes(folder.File("whole/" + file)), File.ReadAllBytes(folder.File("parts/" + file)));
        }

        Assert.Equal(Names(folder.File("whole")), Names(folder.File("parts")));
    }

    [Fact]
    public async Task A_command_killed_at_any_moment_leaves_the_old_results_or_the_new_ones()
    {
        using var folder = new TemporaryFolder();
        var run = RunWithResults.Copy(results.Path, folder.File("run"));
        var names = Names(run);
        var moments = new Random(7);
        for (var kill = 0; kill < 2 * Trials; kill++)
        {
            // From before its work to after its last file.
            using (var dml = await DmlProcess.StartUntil("harm of training samples", "influence", run, "--groups", "3"))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(moments.Next(60)));
                Assert.Contains(await dml.Signal("KILL"), new[] { 0, 137 });
            }

            var bad = RunCheck.Of(new(run)).Where(f => f.Problem is not null).Select(f => f.Name).ToList();
            Assert.True(bad.Count == 0 || bad.Contains(FileSet.ListName), string.Join(", ", bad));
            DmlCommand.Succeed("influence", run, "--groups", "3");
            RequireSound(run);
            Assert.Equal(3, TargetCount(run));
            Assert.Equal(names, Names(run));
        }
    }

    private static string Groups(int writer) => (writer + 2).ToString(CultureInfo.InvariantCulture);

    private static void RequireLockSentence(CommandOutcome outcome, string folder)
    {
        Assert.Equal(1, outcome.ExitCode);
        Assert.Matches(
            $@"^Expected {folder} to be free, found (`dml \w+` \(process \d+ on \S+, since [-\d]+ [:\d]+ UTC\)|another command) "
                + @"writing there; wait for it or choose another folder\.$",
            outcome.LastErrorLine);
    }

    private static void RequireSound(string run) =>
        Assert.DoesNotContain(RunCheck.Of(new RunFolder(run)), f => f.Problem is not null || f.Note?.Contains("killed", StringComparison.Ordinal) == true);

    private static int TargetCount(string run) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "influence.json"))).RootElement.GetProperty("targets").GetArrayLength();

    private static string[] Names(string folder) =>
        [.. Directory.EnumerateFileSystemEntries(folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
}
