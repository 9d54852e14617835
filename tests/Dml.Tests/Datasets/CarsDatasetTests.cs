using Dml.Engine.Data;
using Dml.Plugins;
using Dml.Testing;
using Dml.Tests.Support;

namespace Dml.Tests.Datasets;

public sealed class CarsDatasetTests
{
    public static TheoryData<string> Variants => [.. Facts.GetProperty("variants").EnumerateArray().Select(v => v.GetString()!)];

    private static System.Text.Json.JsonElement Facts => GoldenDatasets.Facts.GetProperty("cars");

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_encoding_of_the_annotations_gives_the_published_lists(string variant)
    {
        var (training, test) = (Facts.GetProperty("trainval"), Facts.GetProperty("eval"));
        using var tree = Golden(variant);
        var data = tree.Open(GoldenDatasets.Range(training), GoldenDatasets.Range(test));
        Assert.Equal(GoldenDatasets.Items(training), GoldenDatasets.Items(tree.Root, data.Training));
        Assert.Equal(GoldenDatasets.Items(test), GoldenDatasets.Items(tree.Root, data.Query));
        Assert.Equal(Facts.GetProperty("class_names").EnumerateArray().Select(n => n.GetString()), data.ClassNames);
        Assert.Equal((5, null), (data.TrainingClassCount, data.Gallery));
    }

    [Fact]
    public void Noisy_labels_are_the_published_ones()
    {
        using var tree = Golden("CARS_196");
        var data = tree.Open("0..4", "5..9");

        // The published case trains on all ten classes, in the file's order, which is that of the names.
        var labels = data.Training.Concat(data.Query).OrderBy(s => s.Id, StringComparer.Ordinal).Select(s => s.ClassIndex).ToArray();
        foreach (var noisy in Facts.GetProperty("noisy").EnumerateArray())
        {
            var changed = labels.ToArray();
            var noise = LabelNoise.Apply(
                changed, 10, new() { Share = noisy.GetProperty("mislabel_percentage").GetDouble() }, noisy.GetProperty("seed").GetInt64());
            Assert.Equal(GoldenDatasets.Numbers(noisy.GetProperty("noisy_indices")), noise.Indices);
            Assert.Equal(GoldenDatasets.Numbers(noisy.GetProperty("labels")), changed);
        }
    }

    [Fact]
    public void Cars_keeps_the_contract()
    {
        using var tree = Golden("CARS_196");
        DatasetConformance.Check(tree.Source("0..4", "5..9"));
    }

    [Fact]
    public void The_published_numbers_pass_and_others_do_not()
    {
        using var folder = new TemporaryFolder();
        var sizes = PublishedSizes.Share(8054, 98).Concat(PublishedSizes.Share(8131, 98)).ToArray();
        for (var c = 0; c < sizes.Length; c++) PublishedSizes.Link(folder, $"root/car_ims/{c}", sizes[c]);
        (string Path, int Label)[] images = [.. from c in Enumerable.Range(0, sizes.Length)
                                                from i in Enumerable.Range(0, sizes[c])
                                                orderby (i, c)
                                                select ($"car_ims/{c}/{PublishedSizes.ImageName(i)}", c + 1)];
        Write(images, 196);
        var data = Open(null, null);
        Assert.Equal((8054, 8131, 98, 196), (data.Training.Count, data.Query.Count, data.TrainingClassCount, data.ClassNames.Count));

        Write(images.Where(i => i.Path != "car_ims/97/0000.jpg"), 196);
        Assert.Equal(
            "dataset.trainingClasses: expected the published 8054 images of classes 0..97 in FILE, found 8053; "
                + "fetch the whole dataset, or name the range (dataset.trainingClasses = \"0..97\") to take what is there.",
            Error(null, null));
        Assert.Equal(8053, Open("0..97", null).Training.Count);
        Write(images.Where(i => i.Path != "car_ims/98/0000.jpg"), 196);
        Assert.StartsWith(
            "dataset.testClasses: expected the published 8131 images of classes 98..195 in FILE, found 8130;", Error(null, null), StringComparison.Ordinal);
        Write(images, 197);
        Assert.Equal(
            "dataset.root: expected the published 196 classes in FILE, found 197; fetch the whole dataset, "
                + "or give dataset.trainingClasses and dataset.testClasses for a subset.",
            Error(null, null));

        void Write(IEnumerable<(string Path, int Label)> annotations, int classes)
        {
            var mat = new MatWriter();
            byte[][] values = [.. annotations.SelectMany(a => new[] { mat.Text(a.Path), mat.Number(a.Label) })];
            byte[][] names = [.. Enumerable.Range(1, classes).Select(c => mat.Text($"model {c}"))];
            File.WriteAllBytes(
                folder.File("root/cars_annos.mat"),
                mat.File(mat.Compress(mat.Struct("annotations", ["relative_im_path", "class"], values)), mat.Compress(mat.Cell("class_names", names))));
        }

        MetricDataset Open(string? training, string? test) =>
            new CarsDataset(new() { Root = folder.File("root"), TrainingClasses = training, TestClasses = test }, new("/", "/", 0))
                .Open(SilentProgress.Instance, CancellationToken.None);
        string Error(string? training, string? test) =>
            Assert.Throws<DmlException>(() => Open(training, test)).Message.Replace(folder.File("root/cars_annos.mat"), "FILE", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("0..4", null)]
    [InlineData(null, "5..9")]
    public void Another_number_of_classes_is_refused_unless_classes_are_given(string? training, string? test)
    {
        using var tree = Golden("CARS_196");
        Assert.Equal(
            "dataset.root: expected the published 196 classes in FILE, found 10; fetch the whole dataset, "
                + "or give dataset.trainingClasses and dataset.testClasses for a subset.",
            tree.Error(training, test));
    }

    [Fact]
    public void Missing_images_are_counted_and_the_first_is_named()
    {
        using var tree = Golden("CARS_196");
        foreach (var name in new[] { "000013", "000002", "000030" }) File.Delete(Path.Combine(tree.Root, "car_ims", name + ".jpg"));
        Assert.Equal(
            "dataset.root: expected the 36 images that FILE names below ROOT, found 3 of them missing, first car_ims/000013.jpg; "
                + "unpack the images there or correct the path.",
            tree.Error("0..4", "5..9"));
    }

    [Fact]
    public void A_missing_annotation_file_is_named()
    {
        using var tree = Golden("CARS_196");
        File.Delete(Path.Combine(tree.Root, "cars_annos.mat"));
        Assert.Equal(
            "dataset.root: expected the annotations of Stanford Cars, found no file FILE; "
                + "correct the path (relative paths start at the config file) or fetch the dataset.",
            tree.Error("0..4", "5..9"));
    }

    [Fact]
    public void A_class_without_images_is_named()
    {
        var mat = new MatWriter();
        using var tree = new CarsTree(mat.File(
            mat.Struct("annotations", ["relative_im_path", "class"], mat.Text(CarsTree.Paths[0]), mat.Number(1), mat.Text(CarsTree.Paths[1]), mat.Number(3)),
            mat.Cell("class_names", mat.Text("Audi"), mat.Text("Fiat"), mat.Text("Opel"))));
        Assert.Equal(
            "dataset.trainingClasses: expected images of every class, found none of \"Fiat\" in FILE; add its images or leave the class out.",
            tree.Error("0..1", "2..2"));
        Assert.Equal(["Audi", "Opel"], tree.Open("0..0", "2..2").ClassNames);
    }

    [Fact]
    public void Reading_can_be_cancelled_and_reports_the_images()
    {
        using var tree = Golden("CARS_196");
        Assert.Throws<OperationCanceledException>(() => tree.Source("0..4", "5..9").Open(SilentProgress.Instance, new(canceled: true)));
        var progress = new RecordedProgress();
        tree.Source("0..4", "5..9").Open(progress, CancellationToken.None);
        Assert.Equal(new("check image files", 36, 36), progress.Reports[^1]);
    }

    private static CarsTree Golden(string variant) =>
        new(File.ReadAllBytes(GoldenDatasets.Root(variant, "cars_annos.mat")), Facts.GetProperty("annotations")
            .EnumerateArray().Select(a => a.GetProperty("relative_im_path").GetString()!));
}
