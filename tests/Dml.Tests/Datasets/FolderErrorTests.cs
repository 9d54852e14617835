using Dml.Plugins;
using Dml.Tests.Support;

namespace Dml.Tests.Datasets;

public sealed class FolderErrorTests
{
    [Fact]
    public void A_missing_root_is_named_with_its_full_path()
    {
        using var tree = new FolderTree();
        Assert.Equal(
            "dataset.root: expected a folder with class folders, found nothing at ROOT; "
                + "correct the path (relative paths start at the config file) or fetch the dataset.",
            tree.Error(["a"], ["b"]));
    }

    [Fact]
    public void A_root_that_is_a_file_is_told_so()
    {
        using var tree = new FolderTree();
        File.WriteAllText(tree.Root, "");
        Assert.StartsWith("dataset.root: expected a folder with class folders, found a file at ROOT;", tree.Error(["a"], ["b"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "a/readme.txt",
        "dataset.root: expected folders of images (.png .jpg .jpeg .jfif .bmp .gif .webp .ppm .pgm .tif .tiff), found no image in ROOT (1 .txt);")]
    [InlineData("1.png", "dataset.root: expected folders of images, one a class, found 1 images directly in ROOT;")]
    public void A_root_without_class_folders_is_told_so(string file, string expected)
    {
        using var tree = new FolderTree(file);
        Assert.StartsWith(expected, tree.Error(["a"], ["b"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_read_is_named()
    {
        using var tree = FolderTree.Small();
        var locked = Path.Combine(tree.Root, "b");
        UnprivilegedThread.Lock(locked);
        using (new UnprivilegedThread())
        {
            Assert.StartsWith(
                "dataset.root: expected to read every folder below the root, found that ROOT/b cannot be read (", tree.Error(["a"], ["c"]),
                StringComparison.Ordinal);
        }

        UnprivilegedThread.Open(locked);
    }

    [Theory]
    [InlineData("a/empty", "a/empty", "nothing")]
    [InlineData("a", "a/empty", "nothing")]
    [InlineData("**/e*", "a/empty", "nothing")]
    [InlineData("texts", "texts", "1 .heic, 1 .txt")]
    public void A_selected_class_folder_without_images_is_named(string pattern, string folder, string held)
    {
        using var tree = new FolderTree("a/x/1.png", "b/1.png", "texts/readme.txt", "texts/1.HEIC");
        Directory.CreateDirectory(Path.Combine(tree.Root, "a/empty"));
        Assert.Equal(
            $"dataset.training: expected images in every class folder that \"{pattern}\" selects, found none in ROOT/{folder}, which holds {held}; "
                + "add its images, remove the folder or narrow the pattern.",
            tree.Error([pattern], ["b"]));
        Assert.Equal(["a/x", "b"], tree.Open(["a/x"], ["b"]).ClassNames);
    }

    [Fact]
    public void Where_no_class_is_named_the_folders_train_and_test_decide()
    {
        using var tree = new FolderTree("train/a/1.png", "train/b/1.png", "test/c/1.png", "val/d/1.png");
        var data = tree.Open(null, null);
        Assert.Equal(["train/a", "train/b", "test/c"], data.ClassNames);
        Assert.Equal(2, data.TrainingClassCount);
        Assert.Equal(
            "dataset.test: expected patterns beside those of dataset.training, found none; name classes, or leave both out for the folders train and test.",
            tree.Error(["train"], null));
        using var shared = new FolderTree("train/a/1.png", "test/a/1.png");
        Assert.Equal(
            "dataset.root: expected test classes that are not trained on, found 1 class folders of one name in train and test below ROOT, such as \"a\"; "
                + "give every class one split, or set dataset.training to [\"train\"] and dataset.test to [\"test\"] where equal names are different classes.",
            shared.Error(null, null));
        Assert.Equal(["train/a", "test/a"], shared.Open(["train"], ["test"]).ClassNames);
        using var half = new FolderTree("train/a/1.png", "b/1.png");
        Assert.StartsWith(
            "dataset.root: expected class folders below ROOT/test, since dataset.training and dataset.test are not given, found none;", half.Error(null, null),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a/X", "did you mean \"a/x\"?")]
    [InlineData("a/xx", "did you mean \"a/x\"?")]
    [InlineData("nothing/**", "the first classes are \"a/x\", \"a/y\", \"b\".")]
    public void A_pattern_that_selects_nothing_is_named_with_the_nearest_class(string pattern, string hint)
    {
        using var tree = FolderTree.Small();
        Assert.Equal(
            $"dataset.test: expected a pattern that selects classes, found \"{pattern}\", which selects none of the 4 in ROOT; {hint}",
            tree.Error(["c"], ["b", pattern]));
    }

    [Theory]
    [InlineData("0..4")]
    [InlineData("2..1")]
    [InlineData("0..99999999999")]
    public void A_range_outside_the_class_list_is_told_the_bounds(string range)
    {
        using var tree = FolderTree.Small();
        Assert.Equal(
            $"dataset.training: expected a range of class indices within 0..3 (both ends included), found \"{range}\" in ROOT; correct its ends.",
            tree.Error([range], ["b"]));
    }

    [Fact]
    public void A_class_in_both_selections_is_named_with_both_patterns()
    {
        using var tree = FolderTree.Small();
        Assert.Equal(
            "dataset.test: expected only classes that are not trained on, found class \"a/y\", "
                + "which \"**/y\" selects here and \"a\" selects in dataset.training; change one of the two.",
            tree.Error(["a"], ["c", "**/y"]));
    }

    [Fact]
    public void An_empty_selection_is_told_what_may_stand_there()
    {
        using var tree = FolderTree.Small();
        Assert.Equal(
            "dataset.training: expected at least one pattern, found an empty list; name the training classes, such as \"a/x\" or \"0..3\".",
            tree.Error([], ["b"]));
        Assert.StartsWith("dataset.test: expected at least one pattern", tree.Error(["b"], []), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("..")]
    [InlineData("../..")]
    public void A_link_to_a_folder_above_the_dataset_is_named(string target)
    {
        using var tree = FolderTree.Small();
        Directory.CreateSymbolicLink(Path.Combine(tree.Root, "up"), target == "/" ? "/" : Path.GetFullPath(target, tree.Root));
        Assert.Equal(
            $"dataset.root: expected links to folders of images, found ROOT/up, which leads to {(target == "/" ? "/" : Path.GetFullPath(target, tree.Root))}, "
                + "a folder above the dataset; remove the link.",
            tree.Error(["a"], ["b"]));
    }

    [Fact]
    public void Links_among_folders_that_multiply_are_told_and_not_followed_to_the_end()
    {
        using var tree = FolderTree.Small();
        string[] names = [.. Enumerable.Range(0, 12).Select(i => $"k{i:00}")];
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.Combine(tree.Root, name));
            foreach (var other in names.Where(n => n != name))
            {
                Directory.CreateSymbolicLink(Path.Combine(tree.Root, name, other), Path.Combine(tree.Root, other));
            }
        }

        Assert.StartsWith("dataset.root: expected a tree of folders, found links that lead to ROOT/k", tree.Error(["a"], ["b"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_can_be_cancelled()
    {
        using var tree = FolderTree.Small();
        Assert.Throws<OperationCanceledException>(() => tree.Open(["a"], ["b"], new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Reading_reports_the_folders()
    {
        using var tree = FolderTree.Small();
        var progress = new RecordedProgress();
        new FolderDataset(new() { Root = tree.Root, Training = ["a"], Test = ["b"] }, new("/", "/", 0)).Open(progress, CancellationToken.None);
        Assert.Equal(new("read folders", 6, 0), progress.Reports[^1]);
    }
}
