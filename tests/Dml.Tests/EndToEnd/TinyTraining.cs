using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>A config that trains in well under a second: 12 + 8 drawn classes of 6 images.</summary>
internal static class TinyTraining
{
    public static readonly string[] RunFiles =
        ["classes.csv", "config.json", "dataset.json", "features.safetensors", "log.jsonl", "metrics.json", "model.safetensors", "run.json"];

    private const string Config = """
        {
          // Line 2.
          "threads": 1,
          "device": "cpu",
          "dataset": { "name": "glyphs", "trainingClasses": 12, "testClasses": 8, "samplesPerClass": 6, "size": 24 },
          "backbone": { "name": "convnet", "channels": [8, 16] },
          "loss": "proxy-nca-pp",
          "images": { "size": 24 },
          "training": { "epochs": 1, "batchClasses": 4, "batchImages": 2, "embeddingSize": 16 },
        }
        """;

    public static string WriteConfig(TemporaryFolder folder) => folder.Write("tiny.json", Config);

    /// <summary>Trains into a folder below the given one.</summary>
    public static string Train(TemporaryFolder folder, string name, params IReadOnlyList<string> more)
    {
        var run = folder.File(name);
        DmlCommand.Succeed(["train", WriteConfig(folder), "--out", run, .. more]);
        return run;
    }

    /// <summary>Options that replace the drawn dataset by a folder beside the config with the same images.</summary>
    public static string FolderDataset(string root) => $$"""dataset={"name": "folder", "root": "{{root}}", "training": ["0..11"], "test": ["12..19"]}""";

    public static void CopyImages(string run, string target)
    {
        var images = Path.Combine(run, "glyphs");
        foreach (var file in Directory.EnumerateFiles(images, "*.png", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(images, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}

/// <summary>One trained run, for the tests that only read it.</summary>
public sealed class TinyRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TinyRun() => Path = TinyTraining.Train(_folder, "run");

    public string Path { get; }

    public byte[] Bytes(string file) => File.ReadAllBytes(System.IO.Path.Combine(Path, file));

    public void Dispose() => _folder.Dispose();
}
