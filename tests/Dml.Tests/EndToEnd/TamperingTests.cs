using System.Text.RegularExpressions;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>Files of a run that are changed, cut, lost or swapped: each is named.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class TamperingTests(RunWithResults results) : IClassFixture<RunWithResults>
{
    private static readonly string[] All =
    [
        "run.json", "config.json", "dataset.json", "model.safetensors", "features.safetensors", "metrics.json", "classes.csv", "confusions.json",
        "mislabel.json",
        "influence.json", "scores.safetensors", "top.csv", "verify.json", "verify.csv", "report.html", "log.jsonl",
    ];

    [Fact]
    public void A_run_is_whole_as_its_commands_leave_it()
    {
        var output = DmlCommand.Succeed("check", results.Path).Output;
        Assert.All(All, file => Assert.Contains($"{file}: sound\n", output, StringComparison.Ordinal));
        DmlCommand.Succeed("check", results.Bare);
    }

    [Fact]
    public void A_run_of_before_hashes_is_checked_against_itself()
    {
        using var folder = new TemporaryFolder();
        var run = Copy(folder);
        Edit(run, "run.json", @",\s*""files"": \{[^}]*\}", "");
        foreach (var file in new[] { "metrics.json", "confusions.json", "mislabel.json", "influence.json", "verify.json" })
        {
            Edit(run, file, @",\s*""origin"": \{\s*""inputs"": \{[^}]*\}(,\s*""files"": \{[^}]*\})?\s*\}", "");
        }

        Edit(run, "report.html", "<meta name=\"dml:[^>]*>\n", "");
        var outcome = DmlCommand.Succeed("check", run);
        Assert.Contains("run.json: sound (made before hashes were kept", outcome.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", DmlCommand.Succeed("influence", run, "--groups", "2").Error, StringComparison.Ordinal);
        DmlCommand.Succeed("report", run);

        EditLabel(run);
        Assert.Contains("features.safetensors: the label of training sample 0 ", DmlCommand.Run("check", run).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_build_of_the_loss_than_the_run_was_trained_with_is_told()
    {
        using var folder = new TemporaryFolder();
        var run = Copy(folder);
        Edit(run, "run.json", @"(""Losses\.ProxyNcaPP"": \{\s*""version"": ""[^""]*"",\s*""sha256"": "")[0-9a-f]{12}", "${1}0123456789ab");
        var outcome = DmlCommand.Succeed("influence", run, "--groups", "2");
        Assert.Contains("the run was trained with another build of Losses.ProxyNcaPP ", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("(SHA-256 0123456789ab, now ", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("features.safetensors")]
    [InlineData("model.safetensors")]
    [InlineData("dataset.json")]
    [InlineData("config.json")]
    public void A_changed_input_is_named_by_every_command(string file)
    {
        using var folder = new TemporaryFolder();
        var run = Copy(folder);
        Change(run, file);
        var path = Path.Combine(run, file);

        // Together they would be wrong.
        RequireNamed(run, file, "another content than when the run was completed");
        DmlCommand.Refuse(
            folder,
            $"Expected {run}/metrics.json to be of this run as it is now, found results of another {file}; "
                + $"run `dml evaluate {run}` again, or put the file back.",
            "report", run);
        DmlCommand.Refuse(
            folder, $"Expected {path} as the run was completed with it, found another content; put the file back, or train the run anew.", "experiment",
            "relabel", run);

        // Computed anew they follow the new content, and it is said.
        var warning = $"warning: Expected {path} as the run was completed with it, found another content; "
            + "results follow the new one, so put the file back unless it was meant to change.\n";
        foreach (var command in new string[][]
        {
            ["influence", run, "--groups", "2"], ["evaluate", run], ["confusions", run], ["mislabel", run, "--groups", "2"],
            ["verify", run, "--groups", "1", "--estimators", "similarity", "--subsets", "8", "--steps", "1"],
        })
        {
            Assert.Contains(warning, DmlCommand.Succeed(command).Error, StringComparison.Ordinal);
        }

        Assert.Contains(warning, DmlCommand.Succeed("report", run).Error, StringComparison.Ordinal);
        Assert.Contains(warning, DmlCommand.Succeed("export", run, "--out", folder.File("exported")).Error, StringComparison.Ordinal);

        // An edited label differs from the features' too.
        Assert.Equal(file == "dataset.json" ? [file, "features.safetensors"] : [file], Bad(run).Select(f => f.Name));
    }

    [Fact]
    public void Every_file_that_is_missing_is_named()
    {
        foreach (var file in All.Except(["run.json", "confusions.json", "mislabel.json", "report.html"]))
        {
            using var folder = new TemporaryFolder();
            var run = Copy(folder);
            File.Delete(Path.Combine(run, file));

            // The results are optional: what tells of a missing summary is the file that was written with it.
            var named = file switch { "influence.json" => "scores.safetensors", "verify.json" => "verify.csv", _ => file };
            var line = Assert.Single(DmlCommand.Run("check", run).Output.Split('\n'), l => l.StartsWith(named + ": ", StringComparison.Ordinal));
            Assert.Contains(named == file ? "missing" : $"{file}, which it belongs to, is missing", line, StringComparison.Ordinal);
        }

        using var none = new TemporaryFolder();
        File.Delete(Path.Combine(Copy(none), "run.json"));
        Assert.Contains("no run.json", DmlCommand.Run("check", none.File("run")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_file_that_is_cut_is_named()
    {
        foreach (var file in All)
        {
            using var folder = new TemporaryFolder();
            var run = Copy(folder);
            using (var stream = File.OpenWrite(Path.Combine(run, file))) stream.SetLength(stream.Length * 2 / 3);
            Assert.Contains(file, Bad(run).Select(f => f.Name));
            Assert.Equal(1, DmlCommand.Run("check", run).ExitCode);
        }
    }

    [Fact]
    public void Scores_of_another_computation_are_refused()
    {
        using var folder = new TemporaryFolder();
        var run = Copy(folder);
        DmlCommand.Succeed("influence", run, "--groups", "2", "--estimator", "similarity", "--out", folder.File("other"));
        File.Copy(folder.File("other/scores.safetensors"), Path.Combine(run, "scores.safetensors"), overwrite: true);
        RequireNamed(run, "scores.safetensors", $"another content than influence.json was written with; `dml influence {run}` writes both again");
        DmlCommand.Refuse(
            folder,
            $"Expected {run}/scores.safetensors with the content that influence.json was written with, found another content; run `dml influence {run}` again.",
            "report", run);
    }

    [Fact]
    public void Results_of_another_run_are_refused()
    {
        using var folder = new TemporaryFolder();
        var run = Copy(folder);
        var other = TinyTraining.Train(folder, "other", "--seed", "1");
        DmlCommand.Succeed("influence", other, "--groups", "2");
        foreach (var file in new[] { "scores.safetensors", "influence.json", "top.csv" })
        {
            File.Copy(Path.Combine(other, file), Path.Combine(run, file), overwrite: true);
        }

        Assert.Equal(["influence.json"], Bad(run).Select(f => f.Name));
        DmlCommand.Refuse(
            folder,
            $"Expected {run}/influence.json to be of this run as it is now, found results of another config.json; "
                + $"run `dml influence {run}` again, or put the file back.",
            "report", run);
    }

    [Fact]
    public void Parts_of_a_run_that_has_changed_are_not_merged()
    {
        using var folder = new TemporaryFolder();
        var run = Copy(folder);
        DmlCommand.Succeed("influence", run, "--groups", "2", "--out", folder.File("parts"), "--shard", "0/1");
        string[] work = ["influence", run, "--groups", "2", "--target-block", "1", "--out", folder.File("parts"), "--shard"];
        DmlCommand.Succeed([.. work, "0/2"]);
        Change(run, "config.json");
        var outcome = DmlCommand.Run([.. work, "1/2"]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("found those of another", outcome.LastErrorLine, StringComparison.Ordinal);
        RunWithResults.Copy(results.Path, folder.File("whole"));
        File.Copy(folder.File("whole/config.json"), Path.Combine(run, "config.json"), overwrite: true);
        DmlCommand.Succeed([.. work, "1/2"]);
        Change(run, "features.safetensors");
        DmlCommand.Refuse(
            folder, $"Expected the features that the parts were computed from in {run}/features.safetensors, found another content; "
                + "give the right file with --features FILE.",
            "merge", folder.File("parts"));
        File.Copy(folder.File("whole/features.safetensors"), Path.Combine(run, "features.safetensors"), overwrite: true);
        Change(run, "dataset.json");
        DmlCommand.Refuse(
            folder, $"Expected {run}/dataset.json as the parts were computed from it, found another content; put it back, or compute the parts anew.", "merge",
            folder.File("parts"));
    }

    [Fact]
    public void Images_of_the_run_that_are_missing_are_named()
    {
        using var folder = new TemporaryFolder();
        var run = Copy(folder);
        File.Delete(Directory.GetFiles(Path.Combine(run, "glyphs"), "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First());
        RequireNamed(run, "glyphs", "1 of ");
    }

    private string Copy(TemporaryFolder folder) => RunWithResults.Copy(results.Path, folder.File("run"));

    private static IReadOnlyList<CheckedFile> Bad(string run) => [.. RunCheck.Of(new RunFolder(run)).Where(f => f.Problem is not null)];

    private static void RequireNamed(string run, string file, string problem)
    {
        var outcome = DmlCommand.Run("check", run);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains($"\n{file}: {problem}", "\n" + outcome.Output, StringComparison.Ordinal);
        Assert.StartsWith($"Expected a whole run in {run}, found ", outcome.LastErrorLine);
        Assert.Contains(file, outcome.LastErrorLine, StringComparison.Ordinal);
    }

    private static void Change(string run, string file)
    {
        switch (file)
        {
            case "config.json":
                Edit(run, file, @"""scale"": [\d.]+", @"""scale"": 4.5");
                break;
            case "dataset.json":
                EditLabel(run);
                break;
            default:
                FlipBit(Path.Combine(run, file));
                break;
        }
    }

    /// <summary>The lowest bit of the last value.</summary>
    private static void FlipBit(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[^4] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private static void EditLabel(string run)
    {
        var path = Path.Combine(run, "dataset.json");
        var text = File.ReadAllText(path);
        File.WriteAllText(path, new Regex(@"""label"": (\d+)").Replace(text, m => m.Groups[1].Value == "0" ? @"""label"": 1" : @"""label"": 0", 1));
    }

    private static void Edit(string run, string file, string pattern, string replacement)
    {
        var path = Path.Combine(run, file);
        var text = File.ReadAllText(path);
        var edited = Regex.Replace(text, pattern, replacement);
        Assert.NotEqual(text, edited);
        File.WriteAllText(path, edited);
    }
}
