using Dml.Plugins;
using Dml.Tests.Support;

namespace Dml.Tests.Datasets;

/// <summary>Small drawn datasets in a temporary folder.</summary>
internal sealed class DrawnGlyphs : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static GlyphsOptions Few { get; } = new() { TrainingClasses = 3, TestClasses = 2, SamplesPerClass = 2, Size = 24 };

    public string Folder => _folder.Path;

    public string Root => _folder.File("glyphs");

    public MetricDataset Open(
        GlyphsOptions? options = null, long runSeed = 7, IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default) =>
        new GlyphsDataset(options ?? Few, new(_folder.Path, _folder.Path, runSeed)).Open(progress ?? SilentProgress.Instance, cancellationToken);

    public string Error(GlyphsOptions? options = null, long runSeed = 7) =>
        Assert.Throws<DmlException>(() => Open(options, runSeed)).Message.Replace(Root, "ROOT", StringComparison.Ordinal);

    /// <summary>Every file's bytes in hexadecimal, by relative path.</summary>
    public SortedDictionary<string, string> Files() => new(
        Directory.GetFiles(Root, "*", SearchOption.AllDirectories)
            .ToDictionary(f => Path.GetRelativePath(Root, f), f => Convert.ToHexString(File.ReadAllBytes(f))),
        StringComparer.Ordinal);

    public void Dispose() => _folder.Dispose();
}
