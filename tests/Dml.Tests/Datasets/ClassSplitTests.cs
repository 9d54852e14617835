using Dml.Numerics.Annotations;

namespace Dml.Tests.Datasets;

public sealed class ClassSplitTests
{
    [Fact]
    public void A_range_names_its_first_and_last_class()
    {
        var range = ClassRange.Parse("dataset.testClasses", "100..199")!.Value;
        Assert.Equal((100, 199, 100, "100..199"), (range.First, range.Last, range.Count, range.ToString()));
        Assert.Equal([false, true, true, false], new[] { 99, 100, 199, 200 }.Select(range.Contains));
        Assert.Null(ClassRange.Parse("dataset.testClasses", null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("0..")]
    [InlineData("-1..2")]
    [InlineData("2..1")]
    [InlineData("0..1..2")]
    [InlineData("0 .. 1")]
    [InlineData("0..2147483647")]
    public void What_is_no_range_is_refused(string text)
    {
        var error = Assert.Throws<DmlException>(() => ClassRange.Parse("dataset.testClasses", text));
        Assert.Equal(
            $"dataset.testClasses: expected a range of class indices such as \"0..99\" (from 0, both ends included), found \"{text}\"; correct it.",
            error.Message);
    }

    [Theory]
    [InlineData(0, 10, 5, 6, "dataset.trainingClasses: expected a range within 0..9, the classes of the list, found 0..10; correct its ends.")]
    [InlineData(0, 4, 5, 10, "dataset.testClasses: expected a range within 0..9, the classes of the list, found 5..10; correct its ends.")]
    [InlineData(0, 5, 5, 9, "dataset.testClasses: expected only classes that are not trained on, found 5..9, "
        + "which shares class 5 with dataset.trainingClasses = 0..5; change one of the two.")]
    [InlineData(3, 4, 0, 9, "dataset.testClasses: expected only classes that are not trained on, found 0..9, "
        + "which shares class 3 with dataset.trainingClasses = 3..4; change one of the two.")]
    public void Ranges_beyond_the_classes_or_with_a_common_class_are_refused(int first, int last, int testFirst, int testLast, string sentence)
    {
        var error = Assert.Throws<DmlException>(() => new ClassSplit(new(first, last), new(testFirst, testLast), 10, "the list"));
        Assert.Equal(sentence, error.Message);
    }

    [Fact]
    public void Numbers_are_the_published_ones_where_ranges_start_at_0_and_follow_each_other()
    {
        (string, int)[] images = [("a", 3), ("b", 0), ("c", 1), ("d", 2)];
        var split = new ClassSplit(new(0, 1), new(2, 3), 4, "the list");
        Assert.Equal([("b", 0), ("c", 1)], split.Samples(split.Training, "/r", images).Select(s => (s.Id, s.ClassIndex)));
        Assert.Equal([("a", 3), ("d", 2)], split.Samples(split.Test, "/r", images).Select(s => (s.Id, s.ClassIndex)));
        var other = new ClassSplit(new(2, 3), new(0, 0), 4, "the list");
        Assert.Equal([new ImageSample("a", "/r/a", 1), new ImageSample("d", "/r/d", 0)], other.Samples(other.Training, "/r", images));
        Assert.Equal([new ImageSample("b", "/r/b", 2)], other.Samples(other.Test, "/r", images));
        Assert.Equal([12, 13, 10], other.Select([10, 11, 12, 13]));
    }

    [Theory]
    [InlineData("img/a.jpg", true)]
    [InlineData("a..jpg", true)]
    [InlineData("", false)]
    [InlineData("/img/a.jpg", false)]
    [InlineData("img//a.jpg", false)]
    [InlineData("img/../a.jpg", false)]
    [InlineData("./a.jpg", false)]
    [InlineData("img\\a.jpg", false)]
    [InlineData("img/a\0.jpg", false)]
    public void A_path_of_an_annotation_file_must_stay_below_the_root(string path, bool expected) => Assert.Equal(expected, ImageFiles.IsRelative(path));
}
