using Dml.Plugins;
using Dml.Tests.Support;
using SkiaSharp;

namespace Dml.Tests.Datasets;

public sealed class FolderDatasetTests
{
    private static readonly string[] Characters = [.. from alphabet in new[] { "Greek", "Korean", "Latin" }
                                                      from character in new[] { "character01", "character02", "character10" }
                                                      select $"{alphabet}/{character}/0001_01.png"];

    [Fact]
    public void Classes_and_samples_are_in_ordinal_order_with_training_classes_first()
    {
        using var tree = new FolderTree("b/2.png", "b/10.png", "B/1.png", "a/z.png", "a/A.png");
        var data = tree.Open(["b", "a"], ["B"]);
        Assert.Equal(["a", "b", "B"], data.ClassNames);
        Assert.Equal(2, data.TrainingClassCount);
        Assert.Equal(["a/A.png", "a/z.png", "b/10.png", "b/2.png"], data.Training.Select(s => s.Id));
        Assert.Equal([0, 0, 1, 1], data.Training.Select(s => s.ClassIndex));
        Assert.Equal([new ImageSample("B/1.png", Path.Combine(tree.Root, "B/1.png"), 2)], data.Query);
        Assert.Null(data.Gallery);
    }

    [Fact]
    public void Every_image_extension_counts_in_any_case_and_all_else_is_left_out_in_one_line()
    {
        using var tree = new FolderTree(
            "a/1.png", "a/2.JPG", "a/3.jpeg", "a/4.Bmp", "a/5.gif", "a/6.webp", "a/7.jfif", "a/8.PPM", "a/9.tiff",
            "a/.hidden.png", "a/._1.png", "a/notes.txt", "a/png", ".cache/x/1.png", "__MACOSX/a/._1.png", "b/1.png", "stray.png");
        var data = tree.Open(["a"], ["b"]);
        Assert.Equal(
            ["a/1.png", "a/2.JPG", "a/3.jpeg", "a/4.Bmp", "a/5.gif", "a/6.webp", "a/7.jfif", "a/8.PPM", "a/9.tiff"],
            data.Training.Select(s => s.Id));
        Assert.Equal(
            [$"Left out below {tree.Root}: 1 ._*, 1 .cache/, 1 .txt, 1 __MACOSX/, 1 hidden .png, 1 images that lie in no class folder, 1 without extension."],
            data.Warnings);
        Assert.Equal(["a", "b"], tree.Open(["0..0"], ["1..1"]).ClassNames);
    }

    [Fact]
    public void Files_of_many_types_are_counted_by_type_and_those_without_extension_are_told_by_their_content()
    {
        var source = new FolderDataset(
            new() { Root = Fixtures.Path("cases", "unread-types", "tif"), Training = ["train"], Test = ["test"] }, new("/", "/", 0));
        var data = source.Open(SilentProgress.Instance, CancellationToken.None);
        Assert.Equal(
            ["0.png", "1.png", "2.png", "3.png", "j.jfif", "noext", "p0.ppm", "p1.ppm", "p2.ppm"],
            data.Training.Where(s => s.ClassIndex == 0).Select(s => Path.GetFileName(s.File)));
        Assert.Equal(["t0.tif", "t1.tif", "t2.tif"], data.Training.Where(s => s.ClassIndex == 1).Select(s => Path.GetFileName(s.File)).Skip(4));
        Assert.Empty(data.Warnings);
    }

    [Fact]
    public void A_folder_without_an_image_that_no_pattern_names_is_told_of_with_what_it_holds()
    {
        using var tree = new FolderTree("a/1.png", "b/1.png", "c/1.heic", "c/2.heic");
        var data = tree.Open(["0..0"], ["1..1"]);
        Assert.Equal(
            [$"Left out below {tree.Root}: 2 .heic.", "No image that can be read in c (it holds 2 .heic); they are no classes."], data.Warnings);
    }

    [Theory]
    [InlineData("Greek", 3)]
    [InlineData("Greek/", 3)]
    [InlineData("Greek/character01", 1)]
    [InlineData("Greek/*", 3)]
    [InlineData("**/character0?", 6)]
    [InlineData("*/character1*", 3)]
    [InlineData("**/character*", 9)]
    [InlineData("G**", 3)]
    [InlineData("0..3", 4)]
    [InlineData("8..8", 1)]
    public void A_pattern_selects_by_name_folder_glob_or_range(string pattern, int expected)
    {
        using var tree = new FolderTree([.. Characters, "test/1.png"]);
        Assert.Equal(expected, Selected(tree, pattern));
    }

    [Fact]
    public void A_star_stays_within_one_folder_name_and_other_characters_stand_for_themselves()
    {
        using var tree = new FolderTree("a/b/1.png", "a/b/c/1.png", "a+(1)/1.png", "axb/1.png", "test/1.png");
        Assert.Equal(["a/b"], tree.Open(["a/*"], ["test"]).ClassNames.Take(1));
        Assert.Equal(1, Selected(tree, "a/*"));
        Assert.Equal(2, Selected(tree, "a/**"));
        Assert.Equal(1, Selected(tree, "a+(?)"));
        Assert.Equal(1, Selected(tree, "a?b"));
    }

    [Fact]
    public void An_exact_class_name_comes_before_the_folder_above_and_before_a_range()
    {
        using var tree = new FolderTree("a/1.png", "a/b/1.png", "0..1/1.png", "1..2/x/1.png", "c/1.png");
        Assert.Equal(["a", "c"], tree.Open(["a"], ["c"]).ClassNames);
        Assert.Equal(["0..1", "c"], tree.Open(["0..1"], ["c"]).ClassNames);
        Assert.Equal(["1..2/x", "c"], tree.Open(["1..2"], ["c"]).ClassNames);
    }

    [Fact]
    public void Patterns_of_one_list_may_overlap()
    {
        using var tree = FolderTree.Small();
        Assert.Equal(["a/x", "a/y", "b", "c"], tree.Open(["a", "a/x", "0..2"], ["c"]).ClassNames);
    }

    [Fact]
    public void A_class_of_one_image_is_accepted()
    {
        using var tree = FolderTree.Small();
        Assert.Single(tree.Open(["b"], ["c"]).Training);
    }

    [Fact]
    public void A_loop_of_links_ends_and_a_link_to_a_folder_elsewhere_is_followed()
    {
        using var tree = FolderTree.Small();
        using var elsewhere = new FolderTree("1.png", "deep/2.png");
        Directory.CreateSymbolicLink(Path.Combine(tree.Root, "a/up"), "..");
        Directory.CreateSymbolicLink(Path.Combine(tree.Root, "b/self"), Path.Combine(tree.Root, "b"));
        Directory.CreateSymbolicLink(Path.Combine(tree.Root, "b/round"), "round");
        Directory.CreateSymbolicLink(Path.Combine(elsewhere.Root, "deep/back"), elsewhere.Root);
        Directory.CreateSymbolicLink(Path.Combine(tree.Root, "d"), elsewhere.Root);
        Assert.Equal(["a/x", "a/y", "b", "d", "d/deep", "c"], tree.Open(["a", "b", "d", "d/**"], ["c"]).ClassNames);
    }

    [Fact]
    public void The_unpacked_layout_of_omniglot_is_read_with_alphabets_as_patterns()
    {
        using var folder = new TemporaryFolder();
        var root = folder.File("images_background_small1");
        foreach (var (alphabet, character, number) in new[] { ("Balinese", 1, 108), ("Balinese", 2, 109), ("Greek", 1, 394), ("Latin", 26, 707) })
        {
            foreach (var drawer in Enumerable.Range(1, 3))
            {
                using var bitmap = new SKBitmap(105, 105, SKColorType.Gray8, SKAlphaType.Opaque);
                bitmap.Erase(SKColors.White);
                var file = Path.Combine(root, alphabet, $"character{character:00}", $"{number:0000}_{drawer:00}.png");
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                using var stream = File.Create(file);
                Assert.True(bitmap.Encode(stream, SKEncodedImageFormat.Png, 100));
            }
        }

        var source = new FolderDataset(new() { Root = root, Training = ["Balinese", "Latin"], Test = ["Greek"] }, new("/", "/", 0));
        var data = source.Open(SilentProgress.Instance, CancellationToken.None);
        Assert.Equal(["Balinese/character01", "Balinese/character02", "Latin/character26", "Greek/character01"], data.ClassNames);
        Assert.Equal((9, 3), (data.Training.Count, data.Query.Count));
        Assert.Equal("Balinese/character01/0108_01.png", data.Training[0].Id);
        using var decoded = SKBitmap.Decode(data.Query[0].File);
        Assert.Equal(105, decoded.Width);
    }

    private static int Selected(FolderTree tree, string pattern) =>
        tree.Open([pattern], ["test"]).TrainingClassCount;
}
