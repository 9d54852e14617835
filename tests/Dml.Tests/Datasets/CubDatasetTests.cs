using Dml.Engine.Data;
using Dml.Plugins;
using Dml.Testing;
using Dml.Tests.Support;

namespace Dml.Tests.Datasets;

public sealed class CubDatasetTests
{
    private static readonly string Root = GoldenDatasets.Root("CUB_200_2011");

    [Fact]
    public void The_tiny_tree_gives_the_published_lists()
    {
        var facts = GoldenDatasets.Facts.GetProperty("cub");
        var (training, test) = (facts.GetProperty("trainval"), facts.GetProperty("eval"));
        var data = Open(Root, GoldenDatasets.Range(training), GoldenDatasets.Range(test));
        Assert.Equal(GoldenDatasets.Items(training), GoldenDatasets.Items(Root, data.Training));
        Assert.Equal(GoldenDatasets.Items(test), GoldenDatasets.Items(Root, data.Query));
        Assert.Null(data.Gallery);
        Assert.Equal((12, 16), (data.TrainingClassCount, data.ClassNames.Count));
        Assert.All(data.Training.Concat(data.Query), s => Assert.StartsWith($"images/{data.ClassNames[s.ClassIndex]}/", s.Id, StringComparison.Ordinal));
    }

    [Fact]
    public void Noisy_labels_are_the_published_ones()
    {
        var labels = Open(Root, "0..11", "12..15").Training.Select(s => s.ClassIndex).ToArray();
        foreach (var noisy in GoldenDatasets.Facts.GetProperty("cub").GetProperty("noisy").EnumerateArray())
        {
            var changed = labels.ToArray();
            var noise = LabelNoise.Apply(
                changed, 12, new() { Share = noisy.GetProperty("mislabel_percentage").GetDouble() }, noisy.GetProperty("seed").GetInt64());
            Assert.Equal(GoldenDatasets.Numbers(noisy.GetProperty("noisy_indices")), noise.Indices);
            Assert.Equal(GoldenDatasets.Numbers(noisy.GetProperty("labels")), changed);
        }
    }

    [Fact]
    public void Cub_keeps_the_contract() => DatasetConformance.Check(Source(Root, "0..11", "12..15"));

    [Fact]
    public void Classes_elsewhere_are_numbered_anew_with_training_classes_first()
    {
        var data = Open(Root, "10..11", "2..3");
        Assert.Equal(["011.Rusty_Blackbird", "012.Yellow_headed_Blackbird", "003.Sooty_Albatross", "004.Groove_billed_Ani"], data.ClassNames);
        Assert.Equal([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1], data.Training.Select(s => s.ClassIndex));
        Assert.Equal([2, 3], data.Query.Select(s => s.ClassIndex).Distinct());
    }

    [Fact]
    public void Files_of_nested_folders_come_after_in_ordinal_order_of_whole_paths()
    {
        using var folder = new TemporaryFolder();

        // '-' sorts before '/', so the folder b-c comes between b and b/d; upper case comes before lower case.
        string[] expected =
            ["images/a/1.jpg", "images/a/Z.PPM", "images/a/z.webp", "images/a/b/3.jpg", "images/a/b-c/2.jpg", "images/a/b/d/1.tif", "images/a/b0/1.pgm"];
        GoldenDatasets.TouchImages(folder, [.. expected.Reverse(), "images/a/._1.jpg", "images/a/notes.txt", "images/b/1.bmp", "images/stray.jpg"]);
        Assert.Equal(expected, Open(folder.Path, "0..0", "1..1").Training.Select(s => s.Id));
    }

    [Fact]
    public void The_published_numbers_of_classes_and_images_pass_and_others_do_not()
    {
        using var folder = new TemporaryFolder();
        var sizes = PublishedSizes.Share(5864, 100).Concat(PublishedSizes.Share(5924, 100)).ToArray();
        for (var c = 0; c < sizes.Length; c++) PublishedSizes.Link(folder, $"root/images/{c + 1:000}.Bird", sizes[c]);
        var data = Open(folder.File("root"), null, null);
        Assert.Equal((5864, 5924, 100, 200), (data.Training.Count, data.Query.Count, data.TrainingClassCount, data.ClassNames.Count));
        Assert.Equal((0, 99, 100, 199), (data.Training[0].ClassIndex, data.Training[^1].ClassIndex, data.Query[0].ClassIndex, data.Query[^1].ClassIndex));

        folder.Write("store/59/more.jpg", "");
        Assert.Equal(
            "dataset.trainingClasses: expected the published 5864 images of classes 0..99 in ROOT/root/images, found 5928; "
                + "fetch the whole dataset, or name the range (dataset.trainingClasses = \"0..99\") to take what is there.",
            Error(folder, "root", null, null));
        Assert.StartsWith(
            "dataset.testClasses: expected the published 5924 images of classes 100..199 in ROOT/root/images, found 6000;",
            Error(folder, "root", "0..99", null), StringComparison.Ordinal);
        Assert.Equal(6000, Open(folder.File("root"), "0..99", "100..199").Query.Count);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("0..11", null)]
    [InlineData(null, "12..15")]
    public void Another_number_of_class_folders_is_refused_unless_classes_are_given(string? training, string? test)
    {
        var error = Assert.Throws<DmlException>(() => Open(Root, training, test));
        Assert.Equal(
            $"dataset.root: expected the published 200 class folders in {Root}/images, found 16; "
                + "fetch the whole dataset, or give dataset.trainingClasses and dataset.testClasses for a subset.",
            error.Message);
    }

    [Fact]
    public void A_root_without_images_is_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(
            "dataset.root: expected the unpacked CUB_200_2011 with its folder images, found no folder ROOT/images; "
                + "correct the path (relative paths start at the config file) or fetch the dataset.",
            Error(folder, "", "0..1", "2..3"));
    }

    [Fact]
    public void A_selected_class_without_images_is_named()
    {
        using var folder = new TemporaryFolder();
        GoldenDatasets.TouchImages(folder, ["images/a/1.jpg", "images/b/notes.txt", "images/c/1.jpg"]);
        Assert.Equal(
            "dataset.testClasses: expected images of every class, found none of \"b\" (its folder holds 1 .txt) in ROOT/images; "
                + "add its images or leave the class out.",
            Error(folder, "", "0..0", "1..2"));
        Assert.Equal(["a", "c"], Open(folder.Path, "0..0", "2..2").ClassNames);
    }

    [Fact]
    public void Hidden_folders_shift_no_class_and_are_told_of_in_one_line()
    {
        var root = Fixtures.Path("cases", "hidden-folders", "cub_ds");
        var data = Open(root, "0..1", "2..3");
        Assert.Equal(["001.Bird_1", "002.Bird_2", "003.Bird_3", "004.Bird_4"], data.ClassNames);
        Assert.Equal([4, 4, 4, 4], data.Training.Concat(data.Query).CountBy(s => s.ClassIndex).OrderBy(c => c.Key).Select(c => c.Value));
        Assert.Equal([$"Left out below {root}/images: 1 .DS_Store, 2 .ipynb_checkpoints/, 1 Thumbs.db."], data.Warnings);
        DatasetConformance.Check(Source(root, "0..1", "2..3"));
    }

    [Fact]
    public void A_loop_of_links_is_named()
    {
        using var folder = new TemporaryFolder();
        GoldenDatasets.TouchImages(folder, ["images/a/1.jpg", "images/b/1.jpg"]);
        Directory.CreateSymbolicLink(folder.File("images/a/up"), folder.File("images/a"));
        Assert.StartsWith(
            "dataset.root: expected at most 8 folders within each other below a class, found more at ROOT/images/a/up/up/", Error(folder, "", "0..0", "1..1"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_can_be_cancelled_and_reports_the_folders()
    {
        Assert.Throws<OperationCanceledException>(() => Source(Root, "0..11", "12..15").Open(SilentProgress.Instance, new(canceled: true)));
        var progress = new RecordedProgress();
        Source(Root, "0..11", "12..15").Open(progress, CancellationToken.None);
        Assert.Equal(new("read folders", 16, 16), progress.Reports[^1]);
    }

    private static CubDataset Source(string root, string? training, string? test) =>
        new(new() { Root = root, TrainingClasses = training, TestClasses = test }, new("/", "/", 0));

    private static MetricDataset Open(string root, string? training, string? test) =>
        Source(root, training, test).Open(SilentProgress.Instance, CancellationToken.None);

    private static string Error(TemporaryFolder folder, string root, string? training, string? test) =>
        Assert.Throws<DmlException>(() => Open(folder.File(root), training, test)).Message.Replace(folder.Path + "/", "ROOT/", StringComparison.Ordinal);
}
