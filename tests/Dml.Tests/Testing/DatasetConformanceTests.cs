using Dml.Plugins;
using Dml.Testing;
using Dml.Tests.Support;

namespace Dml.Tests.Testing;

public sealed class DatasetConformanceTests
{
    [Fact]
    public void Folder_keeps_the_contract()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "ant/1.png", "ant/2.png", "bee/1.png", "cat/1.png", "dog/1.png" }) folder.Write(name, "");
        DatasetConformance.Check(new FolderDataset(new() { Root = ".", Training = ["ant", "bee"], Test = ["cat", "dog"] }, Context(folder)));
    }

    [Fact]
    public void Glyphs_keeps_the_contract()
    {
        using var folder = new TemporaryFolder();
        DatasetConformance.Check(new GlyphsDataset(new() { TrainingClasses = 3, TestClasses = 2, SamplesPerClass = 2, Size = 16 }, Context(folder)));
    }

    [Fact]
    public void Query_and_gallery_keep_the_contract() => Check(dataset => dataset with { Gallery = [dataset.Query[1]], Query = [dataset.Query[0]] });

    [Fact]
    public void An_id_that_stands_twice_is_told() => AssertBroken(
        "FakeDataset.Open: expected unique ids, found \"a/1.png\" twice; give every image one place in one split.",
        dataset => dataset with { Training = [dataset.Training[0], dataset.Training[0]] });

    [Fact]
    public void An_image_in_both_query_and_gallery_is_told() => AssertBroken(
        "FakeDataset.Open: expected unique ids, found \"b/1.png\" twice; give every image one place in one split.",
        dataset => dataset with { Gallery = dataset.Query });

    [Fact]
    public void A_training_class_in_the_evaluation_is_told() => AssertBroken(
        "FakeDataset.Open: expected class indices of Query in [1, 2), found 0 for \"b/1.png\"; "
            + "training classes are 0..C-1 and evaluation classes come after them, so that the two are disjoint.",
        dataset => dataset with { Query = [dataset.Query[0] with { ClassIndex = 0 }] });

    [Fact]
    public void Evaluation_classes_that_are_missing_are_told() => AssertBroken(
        "FakeDataset.Open: expected TrainingClassCount between 1 and the number of classes less one, found 2 of 2; "
            + "number the training classes first and the evaluation classes after them.",
        dataset => dataset with { TrainingClassCount = 2 });

    [Fact]
    public void A_class_without_a_name_is_told() => AssertBroken(
        "FakeDataset.Open: expected a name for every class, found none for class 1; a report shows these names.",
        dataset => dataset with { ClassNames = ["a", ""] });

    [Fact]
    public void A_split_without_images_is_told() => AssertBroken(
        "FakeDataset.Open: expected at least one image in Query, found none; throw a DmlException that says what is missing instead.",
        dataset => dataset with { Query = [] });

    [Fact]
    public void A_file_that_does_not_exist_is_told() => AssertBroken(
        "FakeDataset.Open: expected the image of \"a/9.png\" at *a/9.png, found no file; check the folder or leave the image out.",
        dataset => dataset with { Training = [new("a/9.png", dataset.Training[0].File.Replace("1.png", "9.png", StringComparison.Ordinal), 0)] });

    [Theory]
    [InlineData("/a/1.png")]
    [InlineData("../a/1.png")]
    [InlineData("a\\1.png")]
    [InlineData("")]
    public void An_id_that_is_no_relative_path_is_told(string id) => AssertBroken(
        "FakeDataset.Open: expected ids that are paths relative to the dataset's root with forward slashes, "
            + $"found \"{id.Replace("\\", "\\\\", StringComparison.Ordinal)}\"; an id must be the same on every machine.",
        dataset => dataset with { Training = [dataset.Training[0] with { Id = id }] });

    [Fact]
    public void An_id_of_another_file_is_told() => AssertBroken(
        "FakeDataset.Open: expected the file of \"1\" to end with its id, found \"*\"; an id is the path relative to the dataset's root.",
        dataset => dataset with { Training = [dataset.Training[0] with { Id = "1" }] });

    [Fact]
    public void A_relative_file_is_told() => AssertBroken(
        "FakeDataset.Open: expected the absolute path of the image \"a/1.png\", found \"a/1.png\"; resolve it with DatasetContext.Resolve.",
        dataset => dataset with { Training = [dataset.Training[0] with { File = "a/1.png" }] });

    [Fact]
    public void Another_order_at_the_second_call_is_told()
    {
        var calls = 0;
        AssertBroken(
            "FakeDataset.Open: expected the same classes and images in the same order from a second call, found others; "
                + "sort what comes from the file system, with StringComparer.Ordinal.",
            dataset => ++calls == 1 ? dataset : dataset with { Query = [.. dataset.Query.Reverse()] });
    }

    private static DatasetContext Context(TemporaryFolder folder) => new(folder.Path, folder.Path, 1);

    private static void AssertBroken(string sentence, Func<MetricDataset, MetricDataset> change)
    {
        var error = Assert.Throws<ConformanceException>(() => Check(change));
        Sentences.AssertLike(sentence, error.Sentence);
    }

    private static void Check(Func<MetricDataset, MetricDataset> change)
    {
        using var folder = new TemporaryFolder();
        ImageSample[] samples = [.. new[] { "a/1.png", "b/1.png", "b/2.png" }.Select(id => new ImageSample(id, folder.Write(id, ""), id[0] - 'a'))];
        DatasetConformance.Check(new FakeDataset(() => change(new(["a", "b"], 1, samples[..1], samples[1..]))));
    }

    private sealed class FakeDataset(Func<MetricDataset> open) : IDatasetSource
    {
        public MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken) => open();
    }
}
