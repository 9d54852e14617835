using Dml.Host.Runs;
using Dml.Tests.Support;

namespace Dml.Tests.Runs;

public sealed class RunWriterTests
{
    [Fact]
    public void A_run_appears_only_when_it_is_finished()
    {
        using var folder = new TemporaryFolder();
        using (var writer = RunWriter.Start(folder.File("run"), overwrite: false))
        {
            File.WriteAllText(writer.Folder.Facts, "{}");
            Assert.False(Directory.Exists(folder.File("run")));
            writer.Finish();
        }

        Assert.Equal([folder.File("run")], Directory.GetFileSystemEntries(folder.Path));
        Assert.Equal(folder.File("run"), RunFolder.Open(folder.File("run")).Path);
    }

    [Fact]
    public void An_unfinished_run_leaves_nothing_and_keeps_the_old_one()
    {
        using var folder = new TemporaryFolder();
        folder.Write("run/run.json", "old");
        using (var writer = RunWriter.Start(folder.File("run"), overwrite: true)) File.WriteAllText(writer.Folder.Facts, "new");
        Assert.Equal("old", File.ReadAllText(folder.File("run/run.json")));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void An_existing_run_is_replaced_only_when_told_to()
    {
        using var folder = new TemporaryFolder();
        folder.Write("run/run.json", "old");
        var error = Assert.Throws<DmlException>(() => RunWriter.Start(folder.File("run"), overwrite: false));
        Assert.Contains("give --overwrite to replace it", error.Message);
        using (var writer = RunWriter.Start(folder.File("run"), overwrite: true))
        {
            File.WriteAllText(writer.Folder.Facts, "new");
            writer.Finish();
        }

        Assert.Equal("new", File.ReadAllText(folder.File("run/run.json")));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_folder_with_other_files_is_never_replaced()
    {
        using var folder = new TemporaryFolder();
        folder.Write("precious/thesis.tex", "");
        Assert.Contains("other files in it", Assert.Throws<DmlException>(() => RunWriter.Start(folder.File("precious"), overwrite: true)).Message);
    }

    [Fact]
    public void A_missing_or_incomplete_run_is_told()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("found none", Assert.Throws<DmlException>(() => RunFolder.Open(folder.File("nothing"))).Message);
        Assert.Contains("found no run.json", Assert.Throws<DmlException>(() => RunFolder.Open(folder.Path)).Message);
    }
}
