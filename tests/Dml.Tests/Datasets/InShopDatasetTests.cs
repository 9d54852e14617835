using Dml.Engine.Data;
using Dml.Testing;
using Dml.Tests.Support;

namespace Dml.Tests.Datasets;

public sealed class InShopDatasetTests
{
    [Theory]
    [InlineData("inshop", "\n")]
    [InlineData("inshop_notrailing", "\n")]
    [InlineData("inshop", "\r\n")]
    [InlineData("inshop_notrailing", "\r\n")]
    public void The_tiny_partition_gives_the_published_lists(string variant, string lineEnd)
    {
        var facts = GoldenDatasets.Facts.GetProperty("inshop");
        var splits = facts.GetProperty("splits");
        using var tree = new InShopTree(File.ReadAllText(GoldenDatasets.Root(variant, "Eval", "list_eval_partition.txt")).ReplaceLineEndings(lineEnd));
        var data = tree.Open(GoldenDatasets.Range(splits.GetProperty("train")), GoldenDatasets.Range(splits.GetProperty("query")));
        Assert.Equal(GoldenDatasets.Items(splits.GetProperty("train")), GoldenDatasets.Items(tree.Root, data.Training));
        Assert.Equal(GoldenDatasets.Items(splits.GetProperty("query")), GoldenDatasets.Items(tree.Root, data.Query));
        Assert.Equal(GoldenDatasets.Items(splits.GetProperty("gallery")), GoldenDatasets.Items(tree.Root, data.Gallery!));
        Assert.Equal(GoldenDatasets.Items(splits.GetProperty("all")), GoldenDatasets.Items(tree.Root, data.Query.Concat(data.Gallery!)));
        Assert.Equal(facts.GetProperty("n_train_classes").GetInt32(), data.TrainingClassCount);
        Assert.Equal(facts.GetProperty("n_eval_classes").GetInt32(), data.ClassNames.Count - data.TrainingClassCount);
        Assert.Equal(("id_00000002", "id_00000001"), (data.ClassNames[0], data.ClassNames[12]));
    }

    [Fact]
    public void Noisy_labels_are_the_published_ones()
    {
        using var tree = InShopTree.Golden();
        var labels = tree.Open("0..11", "12..18").Training.Select(s => s.ClassIndex).ToArray();
        foreach (var noisy in GoldenDatasets.Facts.GetProperty("inshop").GetProperty("noisy").EnumerateArray())
        {
            var changed = labels.ToArray();
            var noise = LabelNoise.Apply(
                changed, 12, new() { Share = noisy.GetProperty("mislabel_percentage").GetDouble() }, noisy.GetProperty("seed").GetInt64());
            Assert.Equal(GoldenDatasets.Numbers(noisy.GetProperty("noisy_indices")), noise.Indices);
            Assert.Equal(GoldenDatasets.Numbers(noisy.GetProperty("labels")), changed);
        }
    }

    [Fact]
    public void In_shop_keeps_the_contract()
    {
        using var tree = InShopTree.Golden();
        DatasetConformance.Check(tree.Source("0..11", "12..18"));
    }

    [Fact]
    public void Some_of_the_classes_are_numbered_anew_with_query_and_gallery_alike()
    {
        using var tree = InShopTree.Golden();
        var (whole, part) = (tree.Open("0..11", "12..18"), tree.Open("2..4", "13..14"));
        Assert.Equal([.. whole.ClassNames.Skip(2).Take(3), .. whole.ClassNames.Skip(13).Take(2)], part.ClassNames);
        Assert.Equal(
            whole.Training.Where(s => s.ClassIndex is >= 2 and <= 4).Select(s => (s.Id, s.ClassIndex - 2)), part.Training.Select(s => (s.Id, s.ClassIndex)));
        Assert.Equal(whole.Query.Where(s => s.ClassIndex is 13 or 14).Select(s => (s.Id, s.ClassIndex - 10)), part.Query.Select(s => (s.Id, s.ClassIndex)));
        Assert.Equal(
            whole.Gallery!.Where(s => s.ClassIndex is 13 or 14).Select(s => (s.Id, s.ClassIndex - 10)), part.Gallery!.Select(s => (s.Id, s.ClassIndex)));
    }

    [Fact]
    public void The_published_numbers_pass_and_others_do_not()
    {
        using var folder = new TemporaryFolder();
        var rows = Published();

        // Every class folder lies in one of 80 links to the same hundred folders.
        for (var i = 0; i < 100; i++) PublishedSizes.Link(folder, $"hundred/{i}", 16);
        Directory.CreateDirectory(folder.File("root/img"));
        for (var i = 0; i < 80; i++) Directory.CreateSymbolicLink(folder.File($"root/img/{i}"), folder.File("hundred"));
        Write(rows);
        var data = Open(null, null);
        Assert.Equal((25882, 14218, 12612), (data.Training.Count, data.Query.Count, data.Gallery!.Count));
        Assert.Equal((3997, 3997 + 3985), (data.TrainingClassCount, data.ClassNames.Count));

        Write(rows.Where(r => r != rows[0]));
        Assert.Equal(
            "dataset.trainingClasses: expected the published 25882 training images of 3997 classes in LIST, found 25881 of 3997; "
                + "fetch the whole file, or name the range for a subset (dataset.trainingClasses = \"0..3996\" takes all).",
            Error(null, null));
        Assert.Equal(25881, Open("0..3996", null).Training.Count);
        Write(rows.Where(r => r != rows[^1]));
        Assert.Equal(
            "dataset.testClasses: expected the published 14218 query and 12612 gallery images of 3985 classes in LIST, found 14218 and 12611 of 3985; "
                + "fetch the whole file, or name the range for a subset (dataset.testClasses = \"3997..7981\" takes all).",
            Error(null, null));

        void Write(IEnumerable<string> lines) => folder.Write("root/Eval/list_eval_partition.txt", InShopTree.List(lines));
        MetricDataset Open(string? training, string? test) =>
            InShopTree.Source(folder.File("root"), training, test).Open(SilentProgress.Instance, CancellationToken.None);
        string Error(string? training, string? test) =>
            Assert.Throws<DmlException>(() => Open(training, test)).Message.Replace(
                folder.File("root/Eval/list_eval_partition.txt"), "LIST", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0..12", "12..18", "dataset.testClasses: expected only classes that are not trained on, "
        + "found 12..18, which shares class 12 with dataset.trainingClasses = 0..12; change one of the two.")]
    [InlineData("0..12", "13..18", "dataset.trainingClasses: expected a range within 0..11, the training classes of LIST, found 0..12; correct its ends.")]
    [InlineData(
        "0..10", "11..18",
        "dataset.testClasses: expected a range within 12..18, the test classes of LIST (numbered after the training classes), found 11..18; correct its ends.")]
    [InlineData("0..11", "12..19", "dataset.testClasses: expected a range within 0..18, the classes of LIST, found 12..19; correct its ends.")]
    public void Ranges_keep_to_the_sides_that_the_file_gives(string training, string test, string sentence)
    {
        using var tree = InShopTree.Golden();
        Assert.Equal(sentence, tree.Error(training, test));
    }

    [Fact]
    public void Missing_images_are_counted_and_the_first_is_named()
    {
        using var tree = InShopTree.Golden();
        File.Delete(Path.Combine(tree.Root, "img/WOMEN/Blouses_Shirts/id_00000002/01_2_front.jpg"));
        File.Delete(Path.Combine(tree.Root, "img/MEN/Tees_Tanks/id_00000003/02_2_side.jpg"));
        Assert.Equal(
            "dataset.root: expected the 60 images that LIST names below ROOT, found 2 of them missing, "
                + "first img/WOMEN/Blouses_Shirts/id_00000002/01_2_front.jpg; unpack the images there or correct the path.",
            tree.Error("0..11", "12..18"));
        Assert.Equal(11, tree.Open("1..11", "14..18").TrainingClassCount);
    }

    [Fact]
    public void A_missing_partition_file_is_named()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<DmlException>(() => InShopTree.Source(folder.Path, null, null).Open(SilentProgress.Instance, CancellationToken.None));
        Assert.Equal(
            $"dataset.root: expected the partition of the In-shop benchmark, found no file {folder.Path}/Eval/list_eval_partition.txt; "
                + "correct the path (relative paths start at the config file) or fetch the dataset.",
            error.Message);
    }

    [Fact]
    public void Reading_can_be_cancelled_and_reports_the_images()
    {
        using var tree = InShopTree.Golden();
        Assert.Throws<OperationCanceledException>(() => tree.Source("0..11", "12..18").Open(SilentProgress.Instance, new(canceled: true)));
        var progress = new RecordedProgress();
        tree.Source("0..11", "12..18").Open(progress, CancellationToken.None);
        Assert.Equal(new("check image files", 60, 60), progress.Reports[^1]);
    }

    /// <summary>Training items have even numbers, test items odd ones, so that the order of item numbers is not that of the classes.</summary>
    private static string[] Published()
    {
        var rows = new List<string>();
        var (train, query, gallery) = (PublishedSizes.Share(25882, 3997), PublishedSizes.Share(14218, 3985), PublishedSizes.Share(12612, 3985));
        for (var c = 0; c < train.Length; c++) Add(2 * c, 0, train[c], "train");
        for (var c = 0; c < query.Length; c++) Add((2 * c) + 1, 0, query[c], "query");
        for (var c = 0; c < gallery.Length; c++) Add((2 * c) + 1, 8, gallery[c], "gallery");
        return [.. rows];

        void Add(int item, int first, int count, string status)
        {
            for (var i = first; i < first + count; i++) rows.Add($"img/{item / 100}/{item % 100}/{PublishedSizes.ImageName(i)} id_{item:00000000} {status}");
        }
    }
}
