using System.Text.Json;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>dml audit, dml mislabel without known noise, and moments of a training.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class AuditCommandTests
{
    [Fact]
    public void An_audit_prints_a_table_and_writes_its_files_and_a_section_of_the_report()
    {
        using var folder = new TemporaryFolder();
        var run = TinyTraining.Train(folder, "run");
        var outcome = DmlCommand.Succeed("audit", run, "--set", "audit.outliers.neighbours=3");
        Assert.Contains("Wrote audit.json and audit.csv", outcome.Output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "audit.json")));
        var sections = json.RootElement.GetProperty("sections").EnumerateArray().ToList();
        Assert.All(sections, s => Assert.Contains(s.GetProperty("check").GetString()!, outcome.Output, StringComparison.Ordinal));
        var rows = Csv.Parse(File.ReadAllText(Path.Combine(run, "audit.csv")));
        Assert.Equal(sections.Sum(s => s.GetProperty("findings").GetArrayLength()), rows.Count - 1);
        DmlCommand.Succeed("report", run);
        Assert.Contains("id=\"audit\"", File.ReadAllText(Path.Combine(run, "report.html")), StringComparison.Ordinal);
        DmlCommand.Succeed("check", run);
        File.AppendAllText(Path.Combine(run, "audit.csv"), "x\n");
        Assert.Equal(1, DmlCommand.Run("check", run).ExitCode);
    }

    [Fact]
    public void A_features_file_needs_no_loss_but_for_blame()
    {
        using var folder = new TemporaryFolder();
        var outcome = DmlCommand.Succeed("audit", "--features", FeatureTensors.GoldenFile, "--out", folder.File("out"));
        Assert.Contains("not run", outcome.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(folder.File("out/audit.json")));
    }

    [Fact]
    public void Without_known_noise_suspects_are_printed_and_nothing_is_called_right()
    {
        using var folder = new TemporaryFolder();
        var run = TinyTraining.Train(folder, "run");
        var outcome = DmlCommand.Succeed("mislabel", run);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "mislabel.json")));
        Assert.Equal("consensus", json.RootElement.GetProperty("estimator").GetString());
        var first = json.RootElement.GetProperty("ranking")[0];
        Assert.Equal(JsonValueKind.Null, first.GetProperty("mislabelled").ValueKind);
        Assert.Contains(Path.GetFileName(first.GetProperty("id").GetString()!), outcome.Output, StringComparison.Ordinal);
        DmlCommand.Succeed("mislabel", run, "--scorer", "self-influence");
        Assert.True(File.Exists(Path.Combine(run, "mislabel-consensus.json")));
        Assert.Equal(File.ReadAllBytes(Path.Combine(run, "mislabel-self-influence.json")), File.ReadAllBytes(Path.Combine(run, "mislabel.json")));
    }

    [Fact]
    public void Moments_of_a_training_are_kept_where_asked_for_and_followed()
    {
        using var folder = new TemporaryFolder();
        var run = TinyTraining.Train(folder, "run", "--set", "training.epochs=3", "--set", "training.keepEvery=1");
        Assert.Equal(
            ["epoch-000001.safetensors", "epoch-000002.safetensors"],
            Directory.GetFiles(Path.Combine(run, "moments")).Select(f => Path.GetFileName(f)!).Order());
        DmlCommand.Succeed("mislabel", run, "--scorer", "aum");
        var plain = TinyTraining.Train(folder, "plain", "--set", "training.epochs=3");
        Assert.Equal(File.ReadAllBytes(Path.Combine(plain, "model.safetensors")), File.ReadAllBytes(Path.Combine(run, "model.safetensors")));
        var refused = DmlCommand.Run("mislabel", plain, "--scorer", "aum");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("--set training.keepEvery=1", refused.Error, StringComparison.Ordinal);
    }
}
