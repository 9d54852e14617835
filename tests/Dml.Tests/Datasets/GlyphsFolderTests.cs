using Dml.Tests.Support;

namespace Dml.Tests.Datasets;

public sealed class GlyphsFolderTests
{
    [Fact]
    public void A_folder_of_the_same_dataset_is_used_again()
    {
        using var glyphs = new DrawnGlyphs();
        glyphs.Open();
        var image = Path.Combine(glyphs.Root, "class000", "000.png");
        File.WriteAllText(image, "untouched");
        var progress = new RecordedProgress();
        Assert.Equal(6, glyphs.Open(progress: progress).Training.Count);
        Assert.Equal("untouched", File.ReadAllText(image));
        Assert.Empty(progress.Reports);
    }

    [Fact]
    public void The_manifest_holds_every_setting()
    {
        using var glyphs = new DrawnGlyphs();
        glyphs.Open();
        Snapshot.Verify(File.ReadAllText(Path.Combine(glyphs.Root, "glyphs.json")));
    }

    [Fact]
    public void A_folder_of_other_settings_is_refused_with_the_differences()
    {
        using var glyphs = new DrawnGlyphs();
        glyphs.Open();
        Assert.Equal(
            "dataset.root: expected images drawn with the settings of this config, found seed 7 instead of 8, size 24 instead of 32 in ROOT/glyphs.json; "
                + "choose another root, or remove it to have it drawn anew.",
            glyphs.Error(DrawnGlyphs.Few with { Size = 32 }, runSeed: 8));
    }

    [Theory]
    [InlineData("{", "found an unreadable glyphs.json in")]
    [InlineData("[]", "found version missing instead of 1, seed missing instead of 7,")]
    public void A_damaged_manifest_is_refused(string text, string expected)
    {
        using var glyphs = new DrawnGlyphs();
        glyphs.Open();
        File.WriteAllText(Path.Combine(glyphs.Root, "glyphs.json"), text);
        Assert.Contains(expected, glyphs.Error(), StringComparison.Ordinal);
    }

    [Fact]
    public void Images_without_a_manifest_are_not_used()
    {
        using var glyphs = new DrawnGlyphs();
        glyphs.Open();
        File.Delete(Path.Combine(glyphs.Root, "glyphs.json"));
        Assert.Equal(
            "dataset.root: expected a new folder or one with drawn images, found other files and no glyphs.json in ROOT; "
                + "choose another root, or remove it to have it drawn anew.",
            glyphs.Error());
    }

    [Fact]
    public void A_missing_image_is_named()
    {
        using var glyphs = new DrawnGlyphs();
        glyphs.Open();
        File.Delete(Path.Combine(glyphs.Root, "class003", "001.png"));
        Assert.StartsWith(
            "dataset.root: expected all 10 images that ROOT/glyphs.json speaks of, found no ROOT/class003/001.png;", glyphs.Error(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_folder_is_drawn_into()
    {
        using var glyphs = new DrawnGlyphs();
        Directory.CreateDirectory(glyphs.Root);
        glyphs.Open();
        Assert.Equal([glyphs.Root], Directory.GetFileSystemEntries(glyphs.Folder));
    }

    [Fact]
    public void A_root_is_relative_to_the_config()
    {
        using var glyphs = new DrawnGlyphs();
        glyphs.Open(DrawnGlyphs.Few with { Root = "sets/mine/" });
        Assert.True(File.Exists(Path.Combine(glyphs.Folder, "sets/mine/glyphs.json")));
    }

    [Fact]
    public void A_file_in_the_place_of_the_folder_is_refused()
    {
        using var glyphs = new DrawnGlyphs();
        File.WriteAllText(glyphs.Root, "");
        Assert.Equal("dataset.root: expected a folder for the drawn images, found a file at ROOT; choose another root.", glyphs.Error());
    }

    [Fact]
    public void Cancelling_leaves_nothing()
    {
        using var glyphs = new DrawnGlyphs();
        using var source = new CancellationTokenSource();
        var progress = new RecordedProgress(report =>
        {
            if (report.Done == 2) source.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => glyphs.Open(progress: progress, cancellationToken: source.Token));
        Assert.Equal(3, progress.Reports.Count);
        Assert.Empty(Directory.GetFileSystemEntries(glyphs.Folder));
    }

    [Fact]
    public void Progress_is_told_class_by_class()
    {
        using var glyphs = new DrawnGlyphs();
        var progress = new RecordedProgress();
        glyphs.Open(progress: progress);
        Assert.Equal([.. Enumerable.Range(0, 6).Select(i => new ProgressReport("draw glyphs", i, 5))], progress.Reports);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_to_is_told_so_and_nothing_is_left()
    {
        using var glyphs = new DrawnGlyphs();
        UnprivilegedThread.Open(glyphs.Folder);
        using (new UnprivilegedThread())
        {
            var message = glyphs.Error();
            Assert.StartsWith(
                "dataset.root: expected to read and write the drawn images in ROOT, found that it fails (Access to the path", message,
                StringComparison.Ordinal);
            Assert.EndsWith("); free space, give access or choose another root.", message, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFileSystemEntries(glyphs.Folder));
    }

    [Fact]
    public void A_failure_while_drawing_is_told_and_leaves_nothing()
    {
        using var glyphs = new DrawnGlyphs();
        var progress = new RecordedProgress(report =>
        {
            // A file in the place of the next class's folder.
            if (report.Done == 2) File.WriteAllText(Path.Combine(Directory.GetDirectories(glyphs.Folder).Single(), "class002"), "");
        });
        var error = Assert.Throws<DmlException>(() => glyphs.Open(progress: progress));
        Assert.StartsWith(
            $"dataset.root: expected to read and write the drawn images in {glyphs.Root}, found that it fails (", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(glyphs.Folder));
    }

    [Fact]
    public void Two_runs_that_draw_at_once_agree()
    {
        using var glyphs = new DrawnGlyphs();
        using var other = new DrawnGlyphs();
        other.Open();
        var progress = new RecordedProgress(report =>
        {
            if (report.Done == 3) Directory.Move(other.Root, glyphs.Root);
        });
        Assert.Equal(6, glyphs.Open(progress: progress).Training.Count);
        Assert.Equal([glyphs.Root], Directory.GetFileSystemEntries(glyphs.Folder));
    }
}
