using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>--out that is a run, or a link.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class ResultsFolderTests(TinyRun run) : IClassFixture<TinyRun>
{
    [Fact]
    public void An_experiment_does_not_write_into_a_run_that_has_files_of_the_same_names()
    {
        using var folder = new TemporaryFolder();
        DmlCommand.Refuse(
            folder, $"--out: expected a folder for the results, found the run {run.Path}, which they do not belong to; choose another --out.", "experiment",
            "mislabel", run.Path, "--out", run.Path);
    }

    [Fact]
    public void Results_go_where_a_link_leads_and_the_link_stays()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateSymbolicLink(folder.File("link"), folder.File("disk"));
        Directory.CreateSymbolicLink(folder.File("same"), run.Path);
        DmlCommand.Succeed("influence", run.Path, "--groups", "1", "--out", folder.File("link"));
        Assert.NotNull(new DirectoryInfo(folder.File("link")).LinkTarget);
        Assert.True(File.Exists(folder.File("disk/influence.json")));
        DmlCommand.Succeed("influence", run.Path, "--groups", "1", "--out", folder.File("same"));
        DmlCommand.Succeed("influence", folder.File("same"), "--groups", "1", "--out", run.Path);

        Directory.CreateSymbolicLink(folder.File("export"), folder.File("exported"));
        DmlCommand.Succeed("export", run.Path, "--out", folder.File("export"));
        Assert.NotNull(new DirectoryInfo(folder.File("export")).LinkTarget);
        Assert.True(File.Exists(folder.File("exported/features.safetensors")));
    }
}
