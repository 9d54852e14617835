using Dml.Plugins;
using Dml.Testing;
using Dml.Tests.Support;

namespace Dml.Tests.Datasets;

public sealed class SopDatasetTests : IDisposable
{
    private const string Header = "image_id class_id super_class_id path";

    private static readonly string[] Train =
        ["1 2 1 bicycle_final/b_0.JPG", "2 2 1 bicycle_final/b_1.JPG", "3 1 1 bicycle_final/a_0.JPG", "4 10 2 chair_final/c_0.JPG"];

    private static readonly string[] Test = ["5 11 1 bicycle_final/d_0.JPG", "6 12 2 chair_final/e_0.JPG", "7 11 1 bicycle_final/d_1.JPG"];

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Products_are_numbered_in_order_of_their_numbers_and_named_by_their_super_class()
    {
        Write(Train, Test);
        var data = Open(new() { Root = _folder.Path, TrainingClasses = "0..2", TestClasses = "3..4" });
        Assert.Equal(["bicycle/1", "bicycle/2", "chair/10", "bicycle/11", "chair/12"], data.ClassNames);
        Assert.Equal([1, 1, 0, 2], data.Training.Select(s => s.ClassIndex));
        Assert.Equal(["bicycle_final/d_0.JPG", "chair_final/e_0.JPG", "bicycle_final/d_1.JPG"], data.Query.Select(s => s.Id));
        Assert.Equal((3, null), (data.TrainingClassCount, data.Gallery));
    }

    [Fact]
    public void Super_classes_can_be_chosen_and_ranges_choose_among_them()
    {
        Write(Train, Test);
        var data = Open(new() { Root = _folder.Path, SuperClasses = ["bicycle"] });
        Assert.Equal(["bicycle/1", "bicycle/2", "bicycle/11"], data.ClassNames);
        Assert.Equal(["bicycle/2", "bicycle/11"], Open(new() { Root = _folder.Path, SuperClasses = ["bicycle"], TrainingClasses = "1..1" }).ClassNames);
    }

    [Fact]
    public void Sop_keeps_the_contract()
    {
        Write(Train, Test);
        DatasetConformance.Check(Source(new() { Root = _folder.Path, SuperClasses = ["bicycle", "chair"] }));
    }

    [Fact]
    public void The_published_numbers_pass_and_others_do_not()
    {
        const int Stored = 1000;
        for (var i = 0; i <= (59551 + 60502) / Stored; i++) PublishedSizes.Link(_folder, $"mug_final/{i}", Stored);
        var (train, test) = (Rows(59551, 11318, 0, 0), Rows(60502, 11316, 59551, 11318));
        Lists(train, test);
        var data = Open(new() { Root = _folder.Path });
        Assert.Equal((59551, 60502, 11318, 22634), (data.Training.Count, data.Query.Count, data.TrainingClassCount, data.ClassNames.Count));

        Lists(train[1..], test);
        Assert.Equal(
            "dataset.trainingClasses: expected the published 59551 images of 11318 classes in ROOT/Ebay_train.txt, found 59550 of 11318; "
                + "fetch the whole file, or name the range of classes (dataset.trainingClasses) for a subset.",
            Error(new() { Root = _folder.Path }));
        Assert.Equal(59550, Open(new() { Root = _folder.Path, TrainingClasses = "0..11317" }).Training.Count);

        static string[] Rows(int images, int classes, int image, int product) =>
        [
            .. Enumerable.Range(0, images).Select(i =>
                $"{image + i + 1} {product + (i % classes) + 1} 8 mug_final/{(image + i) / Stored}/{PublishedSizes.ImageName((image + i) % Stored)}"),
        ];
    }

    [Theory]
    [InlineData("5 11 1", "2: expected 4 columns (image_id class_id super_class_id path), found 3")]
    [InlineData("5 x 1 bicycle_final/d_0.JPG", "2: expected a product's number in column class_id, found \"x\"")]
    [InlineData("5 11 1 d_0.JPG", "2: expected the path of an image in the folder of its super class, with forward slashes, found \"d_0.JPG\"")]
    [InlineData("5 11 1 a/../d_0.JPG", "2: expected the path of an image in the folder of its super class, with forward slashes, found \"a/../d_0.JPG\"")]
    [InlineData("5 11 1 a/0.JPG\n6 12 1 a/0.JPG", "3: expected every image once, found a/0.JPG again, which line 2 names too")]
    [InlineData("5 11 1 a/0.JPG\n6 11 2 b/0.JPG", "3: expected every image of product 11 in one super class, found b and in line 2 a")]
    [InlineData("\n6 11 2 b/0.JPG", "2: expected an image, found an empty line")]
    [InlineData("", "2: expected at least one image, found none")]
    public void A_line_of_another_form_is_named(string lines, string expected)
    {
        Write(Train, []);
        _folder.Write("Ebay_test.txt", $"{Header}\n{lines}\n");
        Assert.Equal($"ROOT/Ebay_test.txt:{expected}; correct the line or fetch the file again.", Error(new() { Root = _folder.Path }));
    }

    [Fact]
    public void Other_mistakes_are_named()
    {
        var all = new SopOptions { Root = _folder.Path, TrainingClasses = "0..2", TestClasses = "3..4" };
        Assert.StartsWith(
            "dataset.root: expected a list of Stanford Online Products, found no file ROOT/Ebay_train.txt;", Error(all), StringComparison.Ordinal);
        Write(Train, Test);
        Assert.Equal(
            "dataset.superClasses: expected super classes of ROOT/Ebay_train.txt, found \"chairs\"; did you mean \"chair\"?",
            Error(all with { SuperClasses = ["chairs"] }));
        Assert.StartsWith(
            "dataset.trainingClasses: expected a range within 0..2, the classes of Ebay_train.txt, found 0..3;",
            Error(all with { TrainingClasses = "0..3", TestClasses = "4..4" }), StringComparison.Ordinal);
        Assert.StartsWith(
            "dataset.testClasses: expected a range within 3..4, the classes of Ebay_test.txt (numbered after the training classes), found 2..4;",
            Error(all with { TrainingClasses = "0..1", TestClasses = "2..4" }), StringComparison.Ordinal);
        File.Delete(_folder.File("chair_final/c_0.JPG"));
        Assert.StartsWith("dataset.root: expected the 7 images that ROOT/Ebay_train.txt and Ebay_test.txt names", Error(all), StringComparison.Ordinal);
        Write(Train, [.. Test, "8 2 1 bicycle_final/f.JPG"]);
        Assert.Equal(
            "ROOT/Ebay_test.txt:5: expected products that are not trained on, found 2, which line 2 of ROOT/Ebay_train.txt names too; "
                + "correct the line or fetch the file again.",
            Error(all));
    }

    public void Dispose() => _folder.Dispose();

    private static SopDataset Source(SopOptions options) => new(options, new("/", "/", 0));

    private static MetricDataset Open(SopOptions options) => Source(options).Open(SilentProgress.Instance, CancellationToken.None);

    private string Error(SopOptions options) =>
        Assert.Throws<DmlException>(() => Open(options)).Message.Replace(_folder.Path, "ROOT", StringComparison.Ordinal);

    private void Write(string[] train, string[] test)
    {
        GoldenDatasets.TouchImages(_folder, train.Concat(test).Select(row => row.Split(' ')[3]));
        Lists(train, test);
    }

    private void Lists(string[] train, string[] test)
    {
        // Windows line ends in one of them.
        _folder.Write("Ebay_train.txt", $"{Header}\r\n{string.Join("\r\n", train)}\r\n");
        _folder.Write("Ebay_test.txt", $"{Header}\n{string.Join('\n', test)}\n\n");
    }
}
