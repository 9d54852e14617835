using Dml.Plugins;
using Dml.Testing;
using Dml.Tests.Support;

namespace Dml.Tests.Datasets;

public sealed class CsvDatasetTests : IDisposable
{
    private const string Small = "path,label,split\na.png,x,train\nb.png,y,test\n";

    private readonly TemporaryFolder _folder = new();

    public CsvDatasetTests()
    {
        foreach (var name in new[] { "a", "b", "c", "d", "e" }) _folder.Write($"{name}.png", "");
    }

    [Fact]
    public void Columns_are_found_by_name_and_the_table_may_come_from_anywhere()
    {
        var data = Open("\uFEFFSplit, Label ,notes,\"PATH\"\r\ntrain,\"two, or \"\"ii\"\"\",,a.png\r\ntrain,one,\"line\nbreak\",.\\b.png\r\n\r\ntest,z,,c.png");
        Assert.Equal(["one", "two, or \"ii\"", "z"], data.ClassNames);
        Assert.Equal(
            [new ImageSample("a.png", _folder.File("a.png"), 1), new ImageSample("b.png", _folder.File("b.png"), 0)], data.Training);
        Assert.Equal((2, "c.png"), (data.TrainingClassCount, Assert.Single(data.Query).Id));
        Assert.Null(data.Gallery);
        Assert.Empty(data.Warnings);
    }

    [Fact]
    public void Labels_that_are_all_numbers_are_in_order_of_the_numbers()
    {
        var data = Open("path,label,split\na.png,10,train\nb.png,9,train\nc.png,-1,train\nd.png,2b,test\ne.png,10b,test\n");
        Assert.Equal(["-1", "9", "10", "10b", "2b"], data.ClassNames);
    }

    [Fact]
    public void Names_of_columns_and_splits_the_delimiter_and_the_root_can_be_given()
    {
        _folder.Write("images/f/1.png", "");
        _folder.Write("images/f/2.png", "");
        var data = Open(
            "file;class;part\nf/1.png;x;fit\nf/2.png;y;validation\n",
            new()
            {
                File = "t.csv",
                Root = "images",
                Delimiter = ";",
                PathColumn = "file",
                LabelColumn = "class",
                SplitColumn = "part",
                TrainingSplit = "fit",
                TestSplit = "validation",
            });
        Assert.Equal(("f/1.png", _folder.File("images/f/1.png")), (data.Training[0].Id, data.Training[0].File));
    }

    [Fact]
    public void Roles_groups_and_boxes_are_taken_where_they_are_given()
    {
        var data = Open(
            "path,label,split,role,group,x1,y1,x2,y2\na.png,x,train,,g1,0,0,10,20.6\nb.png,y,test,query,,,,,\nc.png,y,test,Gallery,g2,1,2,3,4\n");
        Assert.Equal((new ImageBox(0, 0, 10, 21), "g1"), (data.Training[0].Box, data.Training[0].Group));
        Assert.Equal((null, null), (data.Query[0].Box, data.Query[0].Group));
        Assert.Equal((new ImageBox(1, 2, 3, 4), "c.png"), (data.Gallery![0].Box, data.Gallery[0].Id));
    }

    [Fact]
    public void Csv_keeps_the_contract()
    {
        _folder.Write("t.csv", "path,label,split,role\na.png,x,train,\nd.png,w,train,\nb.png,y,test,query\nc.png,y,test,gallery\n");
        DatasetConformance.Check(Source(new() { File = "t.csv" }));
    }

    [Theory]
    [InlineData("", "1: expected a line of column names, found an empty file; correct the line.")]
    [InlineData(
        "path,lable,split\n",
        "1: expected a column \"label\", found \"path\", \"lable\", \"split\"; did you mean \"lable\"? Set dataset.labelColumn "
            + "to the name that it has.")]
    [InlineData(
        "path;label;split\n",
        "1: expected a column \"path\", found \"path;label;split\"; the names stand apart by \";\", so set dataset.delimiter to "
            + "it.")]
    [InlineData("path,label,split,Path\n", "1: expected one column \"path\" (dataset.pathColumn), found it 2 times; rename the others.")]
    [InlineData(
        "path,label,split,x1,y1,x2\n",
        "1: expected a column \"y2\", since others of the box are there, found \"path\", \"label\", \"split\", \"x1\", \"y1\", "
            + "\"x2\"; set dataset.boxColumns to the name that it has.")]
    [InlineData(
        "path,label,split\na.png,x\n",
        "2: expected 3 fields as in the line of column names, found 2; correct the line, or put a field that holds the delimiter "
            + "into quotation marks.")]
    [InlineData("path,label,split\na.png, ,train\n", "2: expected a label of a.png, found none; correct the line.")]
    [InlineData(
        "path,label,split\n\na.png,x,train\n./a.png,y,test\n",
        "4: expected every image once, found a.png again, which line 3 names too; remove one of the lines.")]
    [InlineData(
        "path,label,split\n../a.png,x,train\n",
        "2: expected the path of an image below the root, found \"../a.png\"; set dataset.root to the folder that holds all "
            + "images and leave it out of the paths.")]
    [InlineData(
        "path,label,split\na.png,x,Train\n",
        "2: expected the split train or test, found \"Train\"; did you mean \"train\"? Correct the line, or set "
            + "dataset.trainingSplit and dataset.testSplit to the words that the file has.")]
    [InlineData("path,label,split\na.png,x,train\n", "1: expected images of the split test, found none; add them.")]
    [InlineData(
        "path,label,split\na.png,x,train\nb.png,y,train\nc.png,y,test\n",
        "4: expected test classes that are not trained on, found 1 of the 2 training labels in both splits, such as \"y\" in the "
            + "split train of line 3; give every label one split, since a model is tested on classes that it has not seen.")]
    [InlineData(
        "path,label,split\na.png,x,train\nno.png,y,train\nnor.png,z,test\n",
        "3: expected the image no.png below ROOT, found no file there (2 of 3 images are missing); correct the path, or set "
            + "dataset.root to the folder that paths start at.")]
    [InlineData("path,label,split,role\na.png,x,train,query\n", "2: expected no role of a training image, found \"query\"; correct the line.")]
    [InlineData(
        "path,label,split,role\na.png,x,train,\nb.png,y,test,probe\n",
        "3: expected the role query or gallery, or none, found \"probe\"; correct the line.")]
    [InlineData(
        "path,label,split,role\na.png,x,train,\nb.png,y,test,query\nc.png,y,test,\n",
        "4: expected the role query or gallery of every test image, since others have it, found none; correct the line.")]
    [InlineData(
        "path,label,split,role\na.png,x,train,\nb.png,y,test,query\n",
        "3: expected a gallery beside the queries, found none; add it, or leave the roles out.")]
    [InlineData(
        "path,label,split,x1,y1,x2,y2\na.png,x,train,1,2,3,\n",
        "2: expected the four ends of a box as numbers of pixels from 0, found \"\"; correct the line.")]
    [InlineData(
        "path,label,split,x1,y1,x2,y2\na.png,x,train,1,2,1,3\n",
        "2: expected a box whose left is below its right and whose top is below its bottom, found 1, 2, 1, 3; correct the line.")]
    public void Mistakes_are_named_with_their_line(string table, string expected)
    {
        var error = Assert.Throws<DmlException>(() => Open(table));
        var message = error.Message.Replace(_folder.File("t.csv"), "FILE", StringComparison.Ordinal).Replace(_folder.Path, "ROOT", StringComparison.Ordinal);
        Assert.Equal($"FILE:{expected}", message);
    }

    [Fact]
    public void A_missing_table_a_long_delimiter_and_a_box_of_three_columns_are_refused()
    {
        Assert.Equal(
            $"dataset.file: expected a table of images, found no file {_folder.File("none.csv")}; correct the path (relative paths start at the config file).",
            Assert.Throws<DmlException>(() => Open(Small, new() { File = "none.csv" })).Message);
        Assert.StartsWith(
            "dataset.delimiter: expected one character", Assert.Throws<DmlException>(() => Open(Small, new() { File = "t.csv", Delimiter = ", " })).Message,
            StringComparison.Ordinal);
        Assert.StartsWith(
            "dataset.boxColumns: expected four names (left, top, right, bottom), found 3;",
            Assert.Throws<DmlException>(() => Open(Small, new() { File = "t.csv", BoxColumns = ["a", "b", "c"] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_can_be_cancelled_and_reports_the_images()
    {
        _folder.Write("t.csv", Small);
        Assert.Throws<OperationCanceledException>(() => Source(new() { File = "t.csv" }).Open(SilentProgress.Instance, new(canceled: true)));
        var progress = new RecordedProgress();
        Source(new() { File = "t.csv" }).Open(progress, CancellationToken.None);
        Assert.Equal(new("check image files", 2, 2), progress.Reports[^1]);
    }

    public void Dispose() => _folder.Dispose();

    private CsvDataset Source(CsvOptions options) => new(options, new(_folder.Path, _folder.Path, 0));

    private MetricDataset Open(string table, CsvOptions? options = null)
    {
        _folder.Write("t.csv", table);
        return Source(options ?? new() { File = "t.csv" }).Open(SilentProgress.Instance, CancellationToken.None);
    }
}
