using System.Text.Json;
using Dml.Tests.Support;

namespace Dml.Tests.Datasets;

/// <summary>The tiny trees in the published formats and what the published code makes of them.</summary>
internal static class GoldenDatasets
{
    public static readonly JsonElement Facts = JsonDocument.Parse(File.ReadAllText(Root("datasets.json"))).RootElement;

    public static string Root(params string[] parts) => Fixtures.Path(["golden", "datasets", .. parts]);

    /// <summary>A config's range for the half-open pair of a split.</summary>
    public static string Range(JsonElement split) => $"{split.GetProperty("classes")[0].GetInt32()}..{split.GetProperty("classes")[1].GetInt32() - 1}";

    public static IEnumerable<(string Path, int Label)> Items(JsonElement split)
    {
        var next = 0;
        foreach (var item in split.GetProperty("items").EnumerateArray())
        {
            // The gallery counts anew behind the queries.
            var index = item.GetProperty("index").GetInt32();
            Assert.True(index == next || index == 0);
            next = index + 1;
            yield return (item.GetProperty("path").GetString()!, item.GetProperty("label").GetInt32());
        }
    }

    public static IEnumerable<int> Numbers(JsonElement list) => list.EnumerateArray().Select(x => x.GetInt32());

    /// <summary>What a dataset gives, in the form of the expected ones; its files must be those of the ids.</summary>
    public static IEnumerable<(string Path, int Label)> Items(string root, IEnumerable<ImageSample> samples) => samples.Select(s =>
    {
        Assert.Equal(Path.Combine(root, s.Id), s.File);
        return (s.Id, s.ClassIndex);
    });

    /// <summary>An empty file for each image, where only names are read.</summary>
    public static void TouchImages(TemporaryFolder folder, IEnumerable<string> paths)
    {
        foreach (var path in paths) folder.Write(path, "");
    }
}
