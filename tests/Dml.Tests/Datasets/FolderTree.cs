using Dml.Plugins;
using Dml.Tests.Support;

namespace Dml.Tests.Datasets;

/// <summary>A temporary tree of empty image files; the folder plugin reads names alone.</summary>
internal sealed class FolderTree : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FolderTree(params string[] files)
    {
        UnprivilegedThread.Open(_folder.Path);
        foreach (var file in files) _folder.Write("data/" + file, "");
    }

    public string Root => _folder.File("data");

    /// <summary>Classes that most tests use: a/x, a/y, b, c.</summary>
    public static FolderTree Small() => new("a/x/1.png", "a/y/1.png", "b/1.png", "c/1.png");

    public MetricDataset Open(string[]? training, string[]? test, CancellationToken cancellationToken = default) =>
        new FolderDataset(new() { Root = "data", Training = training, Test = test }, new(_folder.Path, _folder.Path, 0))
            .Open(SilentProgress.Instance, cancellationToken);

    public string Error(string[]? training, string[]? test)
    {
        var error = Assert.Throws<DmlException>(() => Open(training, test));
        return error.Message.Replace(Root, "ROOT", StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
