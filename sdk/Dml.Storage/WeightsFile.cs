using Dml.Storage.Torch;
using static TorchSharp.torch;

namespace Dml.Storage;

/// <summary>
/// Named tensors of a file that somebody else may have written: .pth and .pt of torch.save (both forms), .safetensors, .npy. The content
/// tells which, not the extension. Names, dtypes and shapes are read and checked at once, values when they are asked for. Nothing in the
/// file is run, and memory is bounded by the file's size.
/// </summary>
public sealed class WeightsFile
{
    /// <summary>The name of the one array of an .npy file.</summary>
    public const string ArrayName = "array";

    private const string SafeTensorsFormat = "safetensors";

    private const string Kind = "a weights file (.pth, .pt, .safetensors or .npy)";

    private readonly Func<string, Tensor> _load;

    private WeightsFile(string source, string format, IReadOnlyDictionary<string, TensorForm> tensors, Func<string, Tensor> load) =>
        (Source, Format, Tensors, _load) = (source, format, tensors, load);

    /// <summary>The file's path, or what else messages call it.</summary>
    public string Source { get; }

    /// <summary>"PyTorch", "safetensors" or "NumPy".</summary>
    public string Format { get; }

    /// <summary>
    /// Dtype and shape of each tensor by name, in the file's order. A tensor that was saved alone is called "tensor", an .npy file's "array".
    /// </summary>
    public IReadOnlyDictionary<string, TensorForm> Tensors { get; }

    /// <summary>What stands in the file under a name and cannot be read as a tensor: the dtype that it has there, or the object that it is.</summary>
    internal IReadOnlyDictionary<string, string> Unread { get; init; } = new Dictionary<string, string>();

    /// <summary>Names of the objects of Python beside the tensors, of which nothing was run and nothing is used.</summary>
    internal IReadOnlyList<string> Foreign { get; init; } = [];

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file. It is opened anew for every read.</param>
    /// <exception cref="DmlException">It is missing, of another format, damaged, or holds Python objects and no tensors.</exception>
    public static WeightsFile Open(string path) => Read(ByteSource.OfFile(path, Kind));

    /// <summary>Reads a file that is in memory.</summary>
    /// <param name="content">The file.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="DmlException">As <see cref="Open"/>.</exception>
    public static WeightsFile Read(ReadOnlyMemory<byte> content, string name) => Read(ByteSource.OfBytes(content, name));

    /// <summary>Reads one tensor into memory.</summary>
    /// <param name="name">One of <see cref="Tensors"/>.</param>
    /// <returns>Contiguous, on the CPU; the caller owns it.</returns>
    /// <exception cref="DmlException">There is no such tensor, it is of another kind, or its bytes are damaged.</exception>
    public Tensor Load(string name) => Tensors.ContainsKey(name) ? _load(name)
        : Unread.ContainsKey(name) ? throw NotRead(name)
        : throw new DmlException($"Expected a tensor \"{name}\" in {Source}, found "
            + $"{(Tensors.Count == 0 ? "none at all" : string.Join(", ", Tensors.Keys.Take(20)) + (Tensors.Count > 20 ? " and more" : ""))}; check the name.");

    /// <summary>The message where something is wanted that is there and cannot be read.</summary>
    /// <param name="name">One of <see cref="Unread"/>.</param>
    internal DmlException NotRead(string name) => Format == SafeTensorsFormat ? SafeTensorsHeader.NotRead(Source, name, Unread[name])
        : new($"{Source}: expected \"{name}\" as a tensor of numbers, found the Python object {Unread[name]}, which is refused and was not run; "
            + "save the model's state_dict() alone with torch.save.");

    private static WeightsFile Read(ByteSource source)
    {
        FileFormat.Require(source, Kind, FileFormat.Torch, FileFormat.Npy, FileFormat.SafeTensors);
        Span<byte> start = stackalloc byte[16];
        start = start[..(int)Math.Min(start.Length, source.Length)];
        source.Read(0, start);
        if (start.StartsWith("PK"u8) || start.StartsWith(LegacyTorchFile.Start[..4])) return ReadTorch(source);
        if (start.StartsWith(FileFormat.NpyStart))
        {
            var array = NpyFile.Read(source);
            return new(source.Name, "NumPy", new Dictionary<string, TensorForm> { [ArrayName] = array.Form }, _ => array.Load());
        }

        if (start.Length > 8 && start[8] == '{')
        {
            var tensors = SafeTensors.Read(source);
            return new(source.Name, SafeTensorsFormat, tensors.Entries.ToDictionary(e => e.Key, e => (TensorForm)e.Value, StringComparer.Ordinal), tensors.Load)
            {
                Unread = tensors.Unread,
            };
        }

        throw new DmlException($"Expected {Kind} at {source.Name}, found a file that begins with the bytes {Convert.ToHexString(start)}; "
            + "save the weights with torch.save or as safetensors.");
    }

    private static WeightsFile ReadTorch(ByteSource source)
    {
        var budget = new ReadBudget(source.Name, source.Length);
        var file = TorchFile.Read(source, budget);
        var (tensors, foreign) = StateDict.Of(file, budget);
        var forms = new OrderedDictionary<string, TensorForm>(tensors.Count, StringComparer.Ordinal);
        foreach (var (name, tensor) in tensors) forms[name] = tensor.Form;
        return new(source.Name, "PyTorch", forms, name => file.Load(tensors[name])) { Unread = foreign, Foreign = file.Foreign };
    }
}
