using Dml.Engine.Runs;
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
        Assert.Contains("give --overwrite to replace it", error.ShownSentence());
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
    public void A_partial_folder_of_somebody_else_is_never_removed()
    {
        using var folder = new TemporaryFolder();
        folder.Write("keep.partial/thesis.txt", "years");
        Assert.Contains("found one that is not from here", Assert.Throws<DmlException>(() => RunWriter.Start(folder.File("keep"), overwrite: true)).Message);
        Assert.Equal("years", File.ReadAllText(folder.File("keep.partial/thesis.txt")));
    }

    [Fact]
    public void A_second_training_does_not_take_the_first_ones_folder()
    {
        using var folder = new TemporaryFolder();
        using var first = RunWriter.Start(folder.File("run"), overwrite: false);
        Assert.Contains("found `dml train` (process ", Assert.Throws<DmlException>(() => RunWriter.Start(folder.File("run"), overwrite: false)).Message);
        Assert.True(Directory.Exists(first.Folder.Path));
    }

    [Fact]
    public void What_a_killed_training_left_is_cleared_by_the_next()
    {
        using var folder = new TemporaryFolder();
        folder.Write("run.partial/.unfinished", "");
        folder.Write("run.partial/config.json", "{}");
        using var writer = RunWriter.Start(folder.File("run"), overwrite: false);
        Assert.False(File.Exists(writer.Folder.Config));
    }

    [Fact]
    public async Task Of_several_trainings_that_find_an_abandoned_folder_one_clears_it()
    {
        using var folder = new TemporaryFolder();
        for (var round = 0; round < 20; round++)
        {
            folder.Write("run.partial/.unfinished", "");
            folder.Write("run.partial/config.json", "{}");
            using var start = new Barrier(3);
            var writers = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    try
                    {
                        return RunWriter.Start(folder.File("run"), overwrite: false);
                    }
                    catch (DmlException error) when (error.Message.Contains(" writing there; ", StringComparison.Ordinal))
                    {
                        return null;
                    }
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            var writer = Assert.Single(writers, w => w is not null)!;
            Assert.True(File.Exists(folder.File("run.partial/.unfinished")));
            Assert.False(File.Exists(writer.Folder.Config));
            writer.Dispose();
            Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
        }
    }

    [Fact]
    public void A_run_that_somebody_writes_into_is_not_replaced_under_him()
    {
        using var folder = new TemporaryFolder();
        folder.Write("run/run.json", "old");
        using (RunLock.Take(folder.File("run"), "`dml influence`"))
        {
            Assert.Contains("found `dml influence` (process ", Assert.Throws<DmlException>(() => RunWriter.Start(folder.File("run"), overwrite: true)).Message);
        }

        using (var writer = RunWriter.Start(folder.File("run"), overwrite: true))
        {
            File.WriteAllText(writer.Folder.Config, "{}");
            File.WriteAllText(writer.Folder.Facts, "new");
            using var late = RunLock.Take(folder.File("run"), "`dml influence`");
            Assert.EndsWith(
                $"; the new run waits in {folder.File("run.partial")} until the training is resumed.", Assert.Throws<DmlException>(writer.Finish).Message);
        }

        Assert.Equal("old", File.ReadAllText(folder.File("run/run.json")));
        using (var writer = RunWriter.Resume(folder.File("run"))) writer.Finish();
        Assert.Equal("new", File.ReadAllText(folder.File("run/run.json")));
        Assert.Equal([folder.File("run")], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_folder_in_the_way_of_the_replaced_run_is_told_before_training()
    {
        using var folder = new TemporaryFolder();
        folder.Write("run/run.json", "{}");
        folder.Write("run.old/run.json", "{}");
        Assert.Contains("run.old", Assert.Throws<DmlException>(() => RunWriter.Start(folder.File("run"), overwrite: true)).Message);
    }

    [Fact]
    public void A_damaged_file_of_a_run_is_told_with_the_command_that_writes_it()
    {
        using var folder = new TemporaryFolder();
        foreach (var content in new[] { "{", "{}", "null" })
        {
            folder.Write("metrics.json", content);
            var error = Assert.Throws<DmlException>(() => RunMetrics.TryRead(folder.File("metrics.json")));
            Assert.EndsWith("; `dml train` writes it again.", error.ShownSentence());
        }
    }

    [Fact]
    public void A_missing_or_incomplete_run_is_told()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("found none", Assert.Throws<DmlException>(() => RunFolder.Open(folder.File("nothing"))).Message);
        Assert.Contains("found no run.json", Assert.Throws<DmlException>(() => RunFolder.Open(folder.Path)).Message);
    }

    [Fact]
    public void A_run_that_was_killed_before_its_last_rename_only_needs_that()
    {
        using var folder = new TemporaryFolder();
        folder.Write("run.partial/.unfinished", "");
        folder.Write("run.partial/config.json", "{}");
        folder.Write("run.partial/run.json", "{}");
        using (var writer = RunWriter.Resume(folder.File("run"))) writer.Finish();
        Assert.Equal([folder.File("run")], Directory.GetFileSystemEntries(folder.Path));
        Assert.False(File.Exists(folder.File("run/.unfinished")));
    }

    [Fact]
    public void An_unfinished_run_is_known_by_its_config()
    {
        using var folder = new TemporaryFolder();
        Assert.False(RunWriter.IsUnfinished(folder.File("run"), "{}"));
        folder.Write("run.partial/config.json", "{}");
        Assert.False(RunWriter.IsUnfinished(folder.File("run"), "{}"));
        folder.Write("run.partial/.unfinished", "");
        Assert.True(RunWriter.IsUnfinished(folder.File("run"), "{}"));
        Assert.True(RunWriter.IsUnfinished(folder.File("run/"), "{}"));
        Assert.False(RunWriter.IsUnfinished(folder.File("run"), "{ \"seed\": 1 }"));
    }

    [Fact]
    public void A_folder_that_came_beside_the_run_meanwhile_is_left_alone()
    {
        using var folder = new TemporaryFolder();
        using var writer = RunWriter.Start(folder.File("run"), overwrite: true);
        folder.Write("run.old/thesis.txt", "years");
        writer.Finish();
        Assert.Equal("years", File.ReadAllText(folder.File("run.old/thesis.txt")));
    }

    [Fact]
    public void A_link_is_followed_and_stays()
    {
        using var folder = new TemporaryFolder();
        folder.Write("disk/run/run.json", "old");
        Directory.CreateSymbolicLink(folder.File("link"), folder.File("disk/run"));
        Directory.CreateSymbolicLink(folder.File("new"), folder.File("disk/fresh"));
        foreach (var name in new[] { "link", "new" })
        {
            using var writer = RunWriter.Start(folder.File(name), overwrite: name == "link");
            File.WriteAllText(writer.Folder.Facts, "new");
            writer.Finish();
            Assert.NotNull(new DirectoryInfo(folder.File(name)).LinkTarget);
            Assert.Equal("new", File.ReadAllText(folder.File(name + "/run.json")));
        }

        Assert.Equal([folder.File("disk/fresh"), folder.File("disk/run")], Directory.GetFileSystemEntries(folder.File("disk")).Order());
    }

    [Fact]
    public void The_current_folder_and_those_above_it_are_no_place_for_a_run()
    {
        foreach (var path in new[] { ".", "..", "/" })
        {
            Assert.Contains(
                "other than the current one", Assert.Throws<DmlException>(() => RunWriter.Start(path, overwrite: true)).Message, StringComparison.Ordinal);
        }
    }
}
