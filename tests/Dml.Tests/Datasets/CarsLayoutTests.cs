using Dml.Plugins;
using Dml.Testing;
using Dml.Tests.Support;

namespace Dml.Tests.Datasets;

/// <summary>The forms of Stanford Cars beside that with one list.</summary>
public sealed class CarsLayoutTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("devkit", "devkit", "devkit")]
    [InlineData(".", "devkit", ".")]
    [InlineData(".", ".", "devkit")]
    public void The_development_kit_gives_the_classes_of_both_its_lists(string train, string test, string meta)
    {
        Kit($"{train}/cars_train_annos.mat", [("00001.jpg", 3), ("00002.jpg", 1)]);
        Kit($"{test}/cars_test_annos_withlabels.mat", [("00001.jpg", 2), ("00002.jpg", 3), ("00003.jpg", 1)]);
        Names($"{meta}/cars_meta.mat", ["Audi", "Fiat", "Opel"]);
        var data = Source("0..1", "2..2").Open(SilentProgress.Instance, CancellationToken.None);
        Assert.Equal(["Audi", "Fiat", "Opel"], data.ClassNames);
        Assert.Equal(
            [("cars_train/00002.jpg", 0), ("cars_test/00001.jpg", 1), ("cars_test/00003.jpg", 0)], data.Training.Select(s => (s.Id, s.ClassIndex)));
        Assert.Equal([("cars_train/00001.jpg", 2), ("cars_test/00002.jpg", 2)], data.Query.Select(s => (s.Id, s.ClassIndex)));
        DatasetConformance.Check(Source("0..1", "2..2"));
    }

    [Fact]
    public void The_development_kit_has_the_published_split_and_numbers()
    {
        // The published kit has 8,144 training and 8,041 test images; the classes decide here.
        var labels = PublishedSizes.Share(8054, 98).Concat(PublishedSizes.Share(8131, 98)).SelectMany((n, c) => Enumerable.Repeat(c + 1, n)).ToArray();
        (string, int)[] images = [.. labels.Select((label, i) => ($"{i:00000}.jpg", label))];
        Kit("devkit/cars_train_annos.mat", images.Where((_, i) => i % 2 == 0), touch: false);
        Kit("devkit/cars_test_annos_withlabels.mat", images.Where((_, i) => i % 2 == 1), touch: false);
        Names("devkit/cars_meta.mat", [.. Enumerable.Range(1, 196).Select(c => $"model {c}")]);
        foreach (var (i, (name, _)) in images.Index()) _folder.Write($"{(i % 2 == 0 ? "cars_train" : "cars_test")}/{name}", "");
        var data = Source(null, null).Open(SilentProgress.Instance, CancellationToken.None);
        Assert.Equal((8054, 8131, 98, 196), (data.Training.Count, data.Query.Count, data.TrainingClassCount, data.ClassNames.Count));
    }

    [Fact]
    public void Test_annotations_without_labels_are_named()
    {
        Kit("devkit/cars_train_annos.mat", [("00001.jpg", 1)]);
        Assert.Contains("found none; fetch the test annotations with labels.", Error("0..0", "1..1"), StringComparison.Ordinal);
        Kit("devkit/cars_test_annos.mat", [("00001.jpg", 1)]);
        Assert.Equal(
            "dataset.root: expected cars_test_annos_withlabels.mat beside ROOT/devkit/cars_train_annos.mat or in ROOT, "
                + "found cars_test_annos.mat alone, which has no labels; fetch the test annotations with labels.",
            Error("0..0", "1..1"));
    }

    [Fact]
    public void A_folder_a_class_at_the_root_is_read_in_ordinal_order()
    {
        GoldenDatasets.TouchImages(_folder, ["b/2.jpg", "b/1.jpg", "a/1.jpg", ".hidden/1.jpg", "a/Thumbs.db", "c/1.png"]);
        var data = Source("0..1", "2..2").Open(SilentProgress.Instance, CancellationToken.None);
        Assert.Equal(["a", "b", "c"], data.ClassNames);
        Assert.Equal(["a/1.jpg", "b/1.jpg", "b/2.jpg"], data.Training.Select(s => s.Id));
        Assert.Equal([$"Left out below {_folder.Path}: 1 .hidden/, 1 Thumbs.db."], data.Warnings);
        DatasetConformance.Check(Source("0..1", "2..2"));
    }

    [Fact]
    public void A_folder_a_class_below_train_and_test_is_one_class()
    {
        GoldenDatasets.TouchImages(_folder, ["train/b/2.jpg", "test/b/1.jpg", "train/a/1.jpg", "test/c/1.jpg"]);
        var data = Source("0..1", "2..2").Open(SilentProgress.Instance, CancellationToken.None);
        Assert.Equal(["a", "b", "c"], data.ClassNames);
        Assert.Equal([("train/a/1.jpg", 0), ("test/b/1.jpg", 1), ("train/b/2.jpg", 1)], data.Training.Select(s => (s.Id, s.ClassIndex)));
    }

    [Fact]
    public void A_root_of_none_of_the_forms_is_named()
    {
        Assert.Equal(
            "dataset.root: expected the annotations of Stanford Cars, found no file ROOT/cars_annos.mat, no cars_train_annos.mat (there or in devkit) "
                + "and no class folders of images; correct the path (relative paths start at the config file) or fetch the dataset.",
            Error(null, null));
        GoldenDatasets.TouchImages(_folder, ["a/1.jpg"]);
        Assert.StartsWith("dataset.root: expected the published 196 classes in ROOT, found 1;", Error(null, null), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private CarsDataset Source(string? training, string? test) =>
        new(new() { Root = _folder.Path, TrainingClasses = training, TestClasses = test }, new("/", "/", 0));

    private string Error(string? training, string? test) =>
        Assert.Throws<DmlException>(() => Source(training, test).Open(SilentProgress.Instance, CancellationToken.None)).Message
            .Replace(_folder.Path, "ROOT", StringComparison.Ordinal);

    private void Kit(string file, IEnumerable<(string Path, int Label)> images, bool touch = true)
    {
        var mat = new MatWriter();
        byte[][] values = [.. images.SelectMany(i => new[] { mat.Number(7), mat.Number(i.Label), mat.Text(i.Path) })];
        Write(file, mat.Compress(mat.Struct("annotations", ["bbox_x1", "class", "fname"], values)));
        var folder = file.Contains("train", StringComparison.Ordinal) ? "cars_train" : "cars_test";
        if (touch) GoldenDatasets.TouchImages(_folder, images.Select(i => $"{folder}/{i.Path}"));
    }

    private void Names(string file, string[] names)
    {
        var mat = new MatWriter();
        Write(file, mat.Cell("class_names", [.. names.Select(n => mat.Text(n))]));
    }

    private void Write(string file, byte[] variable)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(file))!);
        File.WriteAllBytes(_folder.File(file), new MatWriter().File(variable));
    }
}
