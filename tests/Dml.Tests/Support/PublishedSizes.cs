namespace Dml.Tests.Support;

/// <summary>
/// Trees with as many images as a published dataset, made of few files: class folders are links to folders that hold the wanted number
/// of empty images.
/// </summary>
internal static class PublishedSizes
{
    /// <summary>Shares images out to classes as evenly as can be, the larger classes first.</summary>
    public static int[] Share(int images, int classes) => [.. Enumerable.Range(0, classes).Select(c => (images / classes) + (c < images % classes ? 1 : 0))];

    public static string ImageName(int index) => $"{index:0000}.jpg";

    /// <summary>A folder below the given one that shows so many images.</summary>
    public static void Link(TemporaryFolder folder, string name, int images)
    {
        var store = folder.File($"store/{images}");
        if (!Directory.Exists(store))
        {
            for (var i = 0; i < images; i++) folder.Write($"store/{images}/{ImageName(i)}", "");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
        Directory.CreateSymbolicLink(folder.File(name), store);
    }
}
