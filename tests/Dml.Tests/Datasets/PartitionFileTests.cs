namespace Dml.Tests.Datasets;

/// <summary>Broken partition files: each is refused with its file and the line.</summary>
public sealed class PartitionFileTests
{
    private const string Header = "image_name item_id evaluation_status";
    private const string Train = "img/a/1.jpg id_00000001 train";
    private const string Query = "img/b/1.jpg id_00000002 query";
    private const string Gallery = "img/b/2.jpg id_00000002 gallery";

    public static TheoryData<string, int, string> Broken => new()
    {
        { "", 1, "expected the number of images, found an empty file" },
        { $"three\n{Header}\n{Train}\n{Query}\n{Gallery}\n", 1, "expected the number of images, found \"three\"" },
        { $"{Header}\n{Train}\n{Query}\n{Gallery}\n", 1, $"expected the number of images, found \"{Header}\"" },
        { $"4\n{Header}\n{Train}\n{Query}\n{Gallery}\n", 1, "expected the number of images that follow, 3, found 4" },
        { $"2\n{Header}\n{Train}\n{Query}\n{Gallery}\n", 1, "expected the number of images that follow, 3, found 2" },
        { $"-1\n{Header}\n", 1, "expected the number of images, found \"-1\"" },
        { $"0\n{Header}\n", 1, "expected at least one image, found none" },
        { "3\n", 2, $"expected the column names \"{Header}\", found the end of the file" },
        { $"3\nimage_name item_id status\n{Train}\n{Query}\n{Gallery}\n", 2, $"expected the column names \"{Header}\", found \"image_name item_id status\"" },
        { $"3\n{Train}\n{Query}\n{Gallery}\n", 2, $"expected the column names \"{Header}\", found \"{Train}\"" },
        { $"3\n{Header}\n{Train}\nimg/b/1.jpg id_00000002\n{Gallery}\n", 4, $"expected 3 columns ({Header}), found 2" },
        { $"3\n{Header}\n{Train}\nimg/c d/1.jpg id_00000002 query\n{Gallery}\n", 4, $"expected 3 columns ({Header}), found 4" },
        { $"3\n{Header}\n{Train}\n\n{Query}\n{Gallery}\n", 4, "expected an image, found an empty line" },
        { $"3\n{Header}\n{Train}\n{Query}\nimg/b/2.jpg id_00000002 galery\n", 5, "expected the status train, query or gallery, found \"galery\"" },
        { $"3\n{Header}\n{Train}\n{Query}\nimg/b/2.jpg id_00000002 Gallery\n", 5, "expected the status train, query or gallery, found \"Gallery\"" },
        { $"3\n{Header}\nimg/a/1.jpg 1 train\n{Query}\n{Gallery}\n", 3, "expected an item id such as id_00000001, found \"1\"" },
        { $"3\n{Header}\nimg/a/1.jpg id_99999999999 train\n{Query}\n{Gallery}\n", 3, "expected an item id such as id_00000001, found \"id_99999999999\"" },
        {
            $"3\n{Header}\n/img/a/1.jpg id_00000001 train\n{Query}\n{Gallery}\n", 3,
            "expected the path of an image relative to the dataset's root with forward slashes, found \"/img/a/1.jpg\""
        },
        {
            $"3\n{Header}\nimg/../../1.jpg id_00000001 train\n{Query}\n{Gallery}\n", 3,
            "expected the path of an image relative to the dataset's root with forward slashes, found \"img/../../1.jpg\""
        },
        { $"4\n{Header}\n{Train}\n{Query}\n{Gallery}\n{Query}\n", 6, "expected every image once, found img/b/1.jpg again, which line 4 names too" },
        {
            $"4\n{Header}\n{Train}\n{Query}\n{Gallery}\nimg/b/3.jpg id_00000002 train\n", 6,
            "expected items that are either trained on or tested on, found id_00000002 as train in line 6 and as query in line 4"
        },
        {
            $"4\n{Header}\n{Train}\n{Query}\n{Gallery}\nimg/a/2.jpg id_00000001 gallery\n", 6,
            "expected items that are either trained on or tested on, found id_00000001 as train in line 3 and as gallery in line 6"
        },
        {
            $"4\n{Header}\n{Train}\n{Query}\n{Gallery}\nimg/c/1.jpg id_00000003 query\n", 6,
            "expected a gallery image of every item that is looked up, found none of id_00000003"
        },
        {
            $"4\n{Header}\n{Train}\nimg/c/1.jpg id_00000003 gallery\n{Query}\n{Gallery}\n", 4,
            "expected a query of every item in the gallery, found none of id_00000003"
        },
        { $"1\n{Header}\n{Train}\n", 1, "expected images with the status query, found none" },
        { $"2\n{Header}\n{Query}\n{Gallery}\n", 1, "expected images with the status train, found none" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_line_is_refused_with_its_number(string text, int line, string sentence)
    {
        using var tree = new InShopTree(text);
        Assert.Equal($"LIST:{line}: {sentence}; correct the line or fetch the file again.", tree.Error("0..0", "1..1"));
    }

    [Fact]
    public void Tabs_wide_columns_and_empty_lines_at_the_end_are_taken()
    {
        using var tree = new InShopTree($"3 \r\n image_name   item_id\tevaluation_status\r\n{Train}\r\nimg/b/1.jpg   \tid_2 query\t\r\n{Gallery}\r\n\r\n  \n");
        var data = tree.Open("0..0", "1..1");
        Assert.Equal(("img/a/1.jpg", "img/b/1.jpg", "img/b/2.jpg"), (data.Training[0].Id, data.Query[0].Id, data.Gallery![0].Id));

        // Item numbers count, not their spelling; the name is that of the first query.
        Assert.Equal(["id_00000001", "id_2"], data.ClassNames);
    }

    [Fact]
    public void Classes_are_in_order_of_item_numbers_and_not_of_lines()
    {
        using var tree = new InShopTree(InShopTree.List([
            "img/z/1.jpg id_00000010 train", "img/g/1.jpg id_00000007 gallery", "img/y/1.jpg id_00000009 train", "img/q/1.jpg id_00000007 query",
            "img/p/1.jpg id_00000001 query", "img/p/2.jpg id_00000001 gallery"]));
        var data = tree.Open("0..1", "2..3");
        Assert.Equal(["id_00000009", "id_00000010", "id_00000001", "id_00000007"], data.ClassNames);
        Assert.Equal([1, 0], data.Training.Select(s => s.ClassIndex));
        Assert.Equal([3, 2], data.Query.Select(s => s.ClassIndex));
        Assert.Equal([3, 2], data.Gallery!.Select(s => s.ClassIndex));
    }
}
