using Dml.Plugins;
using Dml.Tests.Support;

namespace Dml.Tests.Datasets;

/// <summary>A temporary folder of Stanford Cars: an annotation file and empty images.</summary>
internal sealed class CarsTree : IDisposable
{
    /// <summary>The images of <see cref="MatWriter.TwoClasses"/>.</summary>
    public static readonly string[] Paths = ["car_ims/000001.jpg", "car_ims/000002.jpg", "car_ims/000003.jpg", "car_ims/000004.jpg"];

    private readonly TemporaryFolder _folder = new();

    public CarsTree(byte[] annotations, IEnumerable<string>? images = null)
    {
        Write(annotations);
        GoldenDatasets.TouchImages(_folder, images ?? Paths);
    }

    public string Root => _folder.Path;

    public void Write(byte[] annotations) => File.WriteAllBytes(_folder.File("cars_annos.mat"), annotations);

    public CarsDataset Source(string? training, string? test) => new(new() { Root = Root, TrainingClasses = training, TestClasses = test }, new("/", "/", 0));

    public MetricDataset Open(string? training = "0..0", string? test = "1..1") => Source(training, test).Open(SilentProgress.Instance, CancellationToken.None);

    public string Error(string? training = "0..0", string? test = "1..1") => Assert.Throws<DmlException>(() => Open(training, test)).Message
        .Replace(Path.Combine(Root, "cars_annos.mat"), "FILE", StringComparison.Ordinal).Replace(Root, "ROOT", StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();
}
