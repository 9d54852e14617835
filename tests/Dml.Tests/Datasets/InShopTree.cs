using Dml.Plugins;
using Dml.Tests.Support;

namespace Dml.Tests.Datasets;

/// <summary>A temporary In-shop folder: a partition file and an empty image for each sound row of it.</summary>
internal sealed class InShopTree : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public InShopTree(string partition)
    {
        _folder.Write("Eval/list_eval_partition.txt", partition);
        GoldenDatasets.TouchImages(_folder, partition.Split('\n').Select(line => line.Split(' ')[0])
            .Where(path => path.StartsWith("img/", StringComparison.Ordinal) && !path.Contains("..", StringComparison.Ordinal)));
    }

    public string Root => _folder.Path;

    public static InShopTree Golden() => new(File.ReadAllText(GoldenDatasets.Root("inshop", "Eval", "list_eval_partition.txt")));

    /// <summary>The text of a partition file with these rows.</summary>
    public static string List(IEnumerable<string> rows)
    {
        string[] lines = [.. rows];
        return $"{lines.Length}\nimage_name item_id evaluation_status\n{string.Join('\n', lines)}\n";
    }

    public static InShopDataset Source(string root, string? training, string? test) =>
        new(new() { Root = root, TrainingClasses = training, TestClasses = test }, new("/", "/", 0));

    public InShopDataset Source(string? training, string? test) => Source(Root, training, test);

    public MetricDataset Open(string? training, string? test) => Source(training, test).Open(SilentProgress.Instance, CancellationToken.None);

    public string Error(string? training, string? test) => Assert.Throws<DmlException>(() => Open(training, test)).Message
        .Replace(Path.Combine(Root, "Eval", "list_eval_partition.txt"), "LIST", StringComparison.Ordinal).Replace(Root, "ROOT", StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();
}
