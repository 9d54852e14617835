namespace Template.Plugin1.Tests;

public sealed class ConformanceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    [Fact]
    public void The_dataset_keeps_its_contract()
    {
        foreach (var name in new[] { "a.png", "b.png", "c.png" }) File.WriteAllBytes(Path.Combine(_folder, name), []);
        DatasetConformance.Check(Listing("a.png cat train", "b.png dog train", "c.png owl test"));
    }

    [Fact]
    public void A_wrong_line_is_named()
    {
        var error = Assert.Throws<DmlException>(() => DatasetConformance.Check(Listing("a.png cat")));
        Assert.Contains("images.txt:1", error.Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Template_Plugin1Dataset Listing(params string[] lines)
    {
        File.WriteAllLines(Path.Combine(_folder, "images.txt"), lines);
        return new(new() { List = "images.txt" }, new(_folder, _folder, 0));
    }
}
