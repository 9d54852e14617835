using System.IO.Compression;
using System.Text;
using Dml.Numerics;
using Dml.Storage;
using Parquet;
using Parquet.Schema;
using static TorchSharp.torch;

namespace Dml.Tests.Support;

/// <summary>Features of 6 training classes x 8 and 8 test classes x 4 (the first 6 the same), 12 numbers each, in every form that a fit reads.</summary>
internal sealed class FitFiles
{
    public const int Size = 12;
    private const int TrainingClasses = 6;
    private const int TestClasses = 8;

    public FitFiles()
    {
        (TrainFeatures, TrainLabels) = Draw(0, TrainingClasses, 8);
        (TestFeatures, TestLabels) = Draw(1, TestClasses, 4);
    }

    public float[] TrainFeatures { get; }

    public long[] TrainLabels { get; }

    public float[] TestFeatures { get; }

    public long[] TestLabels { get; }

    public IReadOnlyList<string> Names => [.. Enumerable.Range(0, TestClasses).Select(c => $"class {c}")];

    /// <summary>Both splits in a safetensors file.</summary>
    public string SafeTensorsFile(string path, ScalarType dtype = ScalarType.Float32)
    {
        using var scope = NewDisposeScope();
        SafeTensors.Write(path, [.. Arrays().Select(a => (a.Name, a.Name.EndsWith("features", StringComparison.Ordinal) ? a.Tensor.to(dtype) : a.Tensor))]);
        return path;
    }

    /// <summary>Both splits in an .npz file.</summary>
    public string NpzFile(string path, CompressionLevel level)
    {
        using var scope = NewDisposeScope();
        Zip(path, level, [.. Arrays().Select(a => (a.Name, Npy(a.Tensor)))]);
        return path;
    }

    /// <summary>Both splits in a folder of .npy files.</summary>
    public string NpyFolder(string path)
    {
        using var scope = NewDisposeScope();
        foreach (var (name, tensor) in Arrays()) Dml.Storage.NpyFile.Write(Path.Combine(path, name + ".npy"), tensor);
        return path;
    }

    /// <summary>A folder with train.npz and test.safetensors, each with features and labels alone.</summary>
    public string FilesOfSplits(string path)
    {
        using var scope = NewDisposeScope();
        var arrays = Arrays();
        Directory.CreateDirectory(path);
        Zip(Path.Combine(path, "train.npz"), CompressionLevel.NoCompression, [("features", Npy(arrays[0].Tensor)), ("labels", Npy(arrays[1].Tensor))]);
        SafeTensors.Write(Path.Combine(path, "test.safetensors"), [("features", arrays[2].Tensor), ("labels", arrays[3].Tensor)]);
        return path;
    }

    /// <summary>All items in one .npz file with labels as texts and a column split; test items come first.</summary>
    public string OneNpzFile(string path)
    {
        using var scope = NewDisposeScope();
        var arrays = Arrays();
        Zip(path, CompressionLevel.Optimal,
        [
            ("features", Npy(cat([arrays[2].Tensor, arrays[0].Tensor]))), ("labels", Text([.. AllLabels().Select(l => Names[(int)l])])),
            ("split", Text([.. AllSplits()])),
        ]);
        return path;
    }

    /// <summary>All items in one Parquet file with labels as texts, in row groups of 10.</summary>
    public async Task<string> ParquetFile(string path)
    {
        var list = new ListField("features", new DataField("element", typeof(float), false));
        var (labels, split, other) = (new DataField("labels", typeof(string)), new DataField("split", typeof(string)), new DataField("width", typeof(int)));
        await using var file = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(new(list, labels, split, other), file);
        float[] features = [.. TestFeatures, .. TrainFeatures];
        foreach (var rows in AllLabels().Zip(AllSplits()).Index().Chunk(10))
        {
            using var group = writer.CreateRowGroup();
            var item = (DataField)list.Item;
            var values = features.AsMemory(rows[0].Index * Size, rows.Length * Size);
            int[] repetitions = [.. Enumerable.Range(0, values.Length).Select(i => i % Size == 0 ? 0 : 1)];
            int[] definitions = [.. Enumerable.Repeat(item.MaxDefinitionLevel, values.Length)];
            await group.WriteAllPartsAsync<float>(item, values, definitions, repetitions, default);
            await group.WriteAsync(labels, (IReadOnlyCollection<string>)[.. rows.Select(r => Names[(int)r.Item.First])]);
            await group.WriteAsync(split, (IReadOnlyCollection<string>)[.. rows.Select(r => r.Item.Second)]);
            await group.WriteAsync<int>(other, new int?[rows.Length]);
            group.CompleteValidate();
        }

        return path;
    }

    /// <summary>An .npz file of .npy files.</summary>
    public static void Zip(string path, CompressionLevel level, IReadOnlyList<(string Name, byte[] Content)> arrays)
    {
        using var zip = System.IO.Compression.ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, content) in arrays)
        {
            using var entry = zip.CreateEntry(name + ".npy", level).Open();
            entry.Write(content);
        }
    }

    /// <summary>The bytes of an .npy file.</summary>
    public static byte[] Npy(Tensor tensor)
    {
        using var folder = new TemporaryFolder();
        Dml.Storage.NpyFile.Write(folder.File("a.npy"), tensor);
        return File.ReadAllBytes(folder.File("a.npy"));
    }

    /// <summary>The bytes of an .npy file of texts, as numpy.array(texts) is saved.</summary>
    public static byte[] Text(IReadOnlyList<string> texts)
    {
        var length = texts.Max(t => Encoding.UTF32.GetByteCount(t) / 4);
        var header = $"{{'descr': '<U{length}', 'fortran_order': False, 'shape': ({texts.Count},), }}".PadRight(117) + "\n";
        byte[] start = [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header)];
        return [.. start, .. texts.SelectMany(t => Encoding.UTF32.GetBytes(t).Concat(new byte[(4 * length) - Encoding.UTF32.GetByteCount(t)]))];
    }

    public IReadOnlyList<(string Name, Tensor Tensor)> Arrays() =>
    [
        ("train_features", tensor(TrainFeatures).view(-1, Size)), ("train_labels", tensor(TrainLabels)),
        ("test_features", tensor(TestFeatures).view(-1, Size)), ("test_labels", tensor(TestLabels)),
    ];

    private IEnumerable<long> AllLabels() => TestLabels.Concat(TrainLabels);

    private IEnumerable<string> AllSplits() => TestLabels.Select(_ => "test").Concat(TrainLabels.Select(_ => "train"));

    /// <summary>Numbers that a float of 16 bits has too.</summary>
    private static (float[] Features, long[] Labels) Draw(int split, int classes, int perClass)
    {
        var features = new List<float>();
        long[] labels = [.. Enumerable.Range(0, classes * perClass).Select(i => (long)(i / perClass))];
        foreach (var (index, label) in labels.Index())
        {
            var (centre, noise) = (new CounterRandom(7, 0, label), new CounterRandom(7, split + 1, index));
            for (var d = 0; d < Size; d++) features.Add((float)(Math.Round((centre.NextBetween(-2, 2) + noise.NextBetween(-1, 1)) * 64) / 64));
        }

        return ([.. features], labels);
    }
}
