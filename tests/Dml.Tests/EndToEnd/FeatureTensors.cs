using Dml.Storage;
using Dml.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.EndToEnd;

/// <summary>The tensors of the golden features file, to be changed and written elsewhere.</summary>
internal sealed class FeatureTensors : IDisposable
{
    public const string TrainingSamples = "240";

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly List<(string Name, Tensor Tensor)> _tensors;

    public FeatureTensors()
    {
        var file = SafeTensors.Open(GoldenFile);
        _tensors = [.. file.Entries.Keys.Select(name => (name, file.Load(name)))];
    }

    public static string GoldenFile => GoldenFileOf("proxy-nca-pp");

    public Dictionary<string, string> Metadata { get; } = [];

    public Tensor this[string name]
    {
        get => _tensors.Find(t => t.Name == name).Tensor;
        set => _tensors[_tensors.FindIndex(t => t.Name == name)] = (name, value);
    }

    public void Add(string name, Tensor tensor) => _tensors.Add((name, tensor));

    public void Remove(string name) => _tensors.RemoveAll(t => t.Name == name);

    public static string GoldenFileOf(string loss) => Fixtures.Path("golden", "a", $"features_{loss}.safetensors");

    public string Write(TemporaryFolder folder)
    {
        var path = folder.File("features.safetensors");
        SafeTensors.Write(path, _tensors, Metadata);
        return path;
    }

    public void Dispose() => _scope.Dispose();
}
