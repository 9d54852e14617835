using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Features;

/// <summary>
/// Named arrays: a safetensors, .npz or Parquet file, or a folder of .npy files, each named for its array, as <c>dml export --format npy</c> writes them
/// (weights in <c>weights/</c>); a folder that <c>dml export</c> wrote in safetensors is its features with its weights. Values stay in their files until
/// they are used; the files stay open, so that a file that takes the name of one of them does not get into it.
/// </summary>
internal abstract class FeatureArrays : IDisposable
{
    /// <summary>Behind the name of a features file: the name of the file with the samples' names, where they are not in it.</summary>
    public const string IdsSuffix = ".ids.json";

    private const string Weights = "weights";
    private const string ExportedFeatures = "features.safetensors";
    private const string ExportedWeights = "weights.safetensors";

    /// <summary>Names and forms of the arrays of numbers.</summary>
    public abstract IReadOnlyDictionary<string, TensorForm> Entries { get; }

    /// <summary>Names of all arrays, also of those that cannot be read.</summary>
    public IEnumerable<string> Names => Entries.Keys.Concat(TextNames).Concat(Unreadable);

    /// <summary>Names of the arrays of texts.</summary>
    public virtual IReadOnlyCollection<string> TextNames => [];

    /// <summary>Free texts; empty where the format has none.</summary>
    public virtual IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    /// <summary>Opens a file or a folder; the content of a file tells its format.</summary>
    /// <param name="path">The place.</param>
    /// <exception cref="DmlException">It is missing or not sound.</exception>
    public static FeatureArrays Open(string path)
    {
        if (Directory.Exists(path))
        {
            return IsExport(path) ? new SafeTensorArrays([.. FilesOf(path).Select(SafeTensors.OpenHeld)])
                : NpyArrays.OfFiles(Arrays(path).DistinctBy(Path.GetFileNameWithoutExtension));
        }

        if (!File.Exists(path) && Path.GetExtension(path) != ".safetensors")
        {
            throw new DmlException(null, $"a features file or a folder at {path}", "nothing", $"correct the path (.npz, .safetensors, .parquet, or a folder)");
        }

        if (StartsWith(path, ParquetArrays.Magic)) return ParquetArrays.OpenFile(path);
        RequireKind(path);
        return StartsWith(path, NpzFile.Magic) ? NpyArrays.OfNpz(NpzFile.Open(path)) : new SafeTensorArrays([SafeTensors.OpenHeld(path)]);
    }

    /// <summary>Whether there is an array of a name, also one that cannot be read.</summary>
    /// <param name="name">The name.</param>
    public bool Has(string name) => Names.Contains(name);

    /// <summary>Why an array that is there cannot be read: a dtype that is not known, or a damaged file; null for any other.</summary>
    /// <param name="name">The name.</param>
    public virtual DmlException? Unread(string name) => null;

    /// <summary>Reads an array into memory.</summary>
    /// <param name="name">One of <see cref="Entries"/>.</param>
    /// <exception cref="DmlException">Its file is shorter than before, or the system refuses.</exception>
    public Tensor Load(string name)
    {
        var shape = Entries[name].Shape;
        return HasRows(name) && shape.Count > 0 && !shape.Contains(0) ? Rows(name, 0, shape[0]) : LoadWhole(name);
    }

    /// <summary>Reads an array of texts.</summary>
    /// <param name="name">One of <see cref="TextNames"/>.</param>
    /// <exception cref="DmlException">As <see cref="Load"/>.</exception>
    public virtual IReadOnlyList<string> Texts(string name) => throw new ArgumentException($"There is no array of texts \"{name}\".", nameof(name));

    /// <summary>Whether rows of an array can be read without the others.</summary>
    /// <param name="name">One of <see cref="Entries"/>.</param>
    public abstract bool HasRows(string name);

    /// <summary>Reads rows of an array into memory.</summary>
    /// <param name="name">One of <see cref="Entries"/> for which <see cref="HasRows"/> holds.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <exception cref="DmlException">As <see cref="Load"/>.</exception>
    public abstract Tensor Rows(string name, long first, long count);

    /// <summary>Reads single rows of an array into memory: its last dimension is a row, all others count rows.</summary>
    /// <param name="name">One of <see cref="Entries"/> for which <see cref="HasRows"/> holds.</param>
    /// <param name="rows">Which, in any order.</param>
    /// <returns>(rows, columns).</returns>
    /// <exception cref="DmlException">As <see cref="Load"/>.</exception>
    public abstract Tensor Gather(string name, IReadOnlyList<long> rows);

    /// <summary>
    /// An array whose values stay in the file; never to be written to. Whoever shortens the file ends the process, so nothing here reads
    /// it: it is for estimators that ask for all rows at once.
    /// </summary>
    /// <param name="name">One of <see cref="Entries"/>.</param>
    public abstract Tensor Map(string name);

    /// <summary>Closes the files.</summary>
    public abstract void Dispose();

    /// <summary>The files that have the samples' names, where they are not in the features file; only those that are there.</summary>
    /// <param name="path">The place that was opened.</param>
    public static IReadOnlyList<string> IdFilesOf(string path) => [.. (Directory.Exists(path)
        ? new[] { Path.Combine(path, "train_ids.json"), Path.Combine(path, "test_ids.json") } : [path + IdsSuffix]).Where(File.Exists)];

    /// <summary>The files whose values decide what is read.</summary>
    /// <param name="path">The place that was opened.</param>
    public static IReadOnlyList<string> FilesOf(string path) => !Directory.Exists(path) ? [path]
        : IsExport(path) ? [.. new[] { ExportedFeatures, ExportedWeights }.Select(name => Path.Combine(path, name)).Where(File.Exists)]
        : [.. Arrays(path).Order(StringComparer.Ordinal)];

    /// <summary>Names of the arrays that cannot be read.</summary>
    protected virtual IEnumerable<string> Unreadable => [];

    /// <summary>Reads an array that has no rows, or is empty.</summary>
    /// <param name="name">One of <see cref="Entries"/>.</param>
    protected abstract Tensor LoadWhole(string name);

    private static bool IsExport(string folder) => File.Exists(Path.Combine(folder, ExportedFeatures)) && !Arrays(folder).Any();

    /// <summary>Those of the folder itself first; deeper ones than the weights, where links may lead anywhere, are no arrays of a model.</summary>
    private static IEnumerable<string> Arrays(string path) => new[] { path, Path.Combine(path, Weights) }.Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*.npy").Order(StringComparer.Ordinal));

    /// <summary>Whether a file begins so; false where it cannot be read, which whoever reads it tells.</summary>
    /// <summary>A file that is missing is told by who reads it.</summary>
    private static void RequireKind(string path)
    {
        if (!File.Exists(path)) return;
        using var source = ByteSource.OfFile(path, "a features file");
        FileFormat.Require(source, "a features file (safetensors, .npz, or a folder of .npy files)", FileFormat.SafeTensors, FileFormat.Npz);
    }

    private static bool StartsWith(string path, ReadOnlySpan<byte> magic)
    {
        if (!File.Exists(path)) return false;
        using var source = ByteSource.OfFile(path, "a features file");
        return source.Length >= magic.Length && source.Read(0, magic.Length).AsSpan().SequenceEqual(magic);
    }
}
