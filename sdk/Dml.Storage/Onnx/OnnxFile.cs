namespace Dml.Storage;

/// <summary>
/// What a file of an ONNX model says of itself without being run: operator set, metadata, the files of its weights where these lie apart, and the
/// names of its values. No weight is read.
/// </summary>
public sealed class OnnxFile
{
    private const string Kind = "an ONNX model (.onnx)";
    private const string Remedy = "export the model itself, for example with torch.onnx.export";
    private const string ExternalLocation = "location";

    private OnnxFile(string path) => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Version of the standard operator set that the model is written in; 0 where it names none.</summary>
    public long Opset { get; private set; }

    /// <summary>What the exporter noted by key, such as <c>Image.BitmapPixelFormat</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; private set; } = new Dictionary<string, string>();

    /// <summary>Absolute paths of the files that hold weights beside the model, in ordinal order; none where all stand in it.</summary>
    public IReadOnlyList<string> ExternalFiles { get; private set; } = [];

    /// <summary>Names of all values: inputs, weights and what nodes compute.</summary>
    internal IReadOnlySet<string> Values { get; private set; } = new HashSet<string>();

    /// <summary>Reads it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DmlException">It is missing, of another kind, or damaged.</exception>
    public static OnnxFile Open(string path)
    {
        using var source = ByteSource.OfHeldFile(path, Kind);
        return Read(source, path);
    }

    /// <summary>Reads it from what is open.</summary>
    /// <param name="source">The file's bytes.</param>
    /// <param name="path">Where it lies; files beside it are looked for there.</param>
    internal static OnnxFile Read(ByteSource source, string path)
    {
        RequireKind(source);
        var file = new OnnxFile(path);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var values = new HashSet<string>(StringComparer.Ordinal);
        var external = new SortedSet<string>(StringComparer.Ordinal);
        var hasGraph = false;
        foreach (var field in ProtoField.Of(source))
        {
            switch (field.Number)
            {
                case OnnxFields.Model.Graph:
                    hasGraph = true;
                    ReadGraph(field, values, external);
                    break;
                case OnnxFields.Model.OpsetImport:
                    file.Opset = Math.Max(file.Opset, StandardVersion(field));
                    break;
                case OnnxFields.Model.Metadata:
                    var (key, value) = EntryOf(field);
                    metadata[key] = value;
                    break;
            }
        }

        if (!hasGraph) throw new DmlException($"{source.Name}: expected {Kind}, found a file without a graph; {Remedy}.");
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        (file.Metadata, file.Values) = (metadata, values);
        file.ExternalFiles = [.. external.Select(name => System.IO.Path.GetFullPath(name, folder))];
        return file;
    }

    /// <summary>The weights of another program's format are no model; other kinds of files have their own advice.</summary>
    private static void RequireKind(ByteSource source)
    {
        if (FileFormat.Of(source) is not { } found || found == FileFormat.Onnx) return;
        var isWeights = found == FileFormat.Torch || found == FileFormat.SafeTensors || found == FileFormat.Npy || found == FileFormat.Npz;
        throw new DmlException($"{source.Name}: expected {Kind}, found {found.Name}; {(isWeights ? $"weights alone cannot be run, {Remedy}" : found.Remedy)}.");
    }

    private static void ReadGraph(ProtoField graph, HashSet<string> values, SortedSet<string> external)
    {
        foreach (var field in graph.Fields())
        {
            switch (field.Number)
            {
                case OnnxFields.Graph.Node:
                    foreach (var part in field.Fields().Where(f => f.Number == OnnxFields.Node.Output)) values.Add(part.Text());
                    break;
                case OnnxFields.Graph.Initializer:
                    foreach (var part in field.Fields())
                    {
                        if (part.Number == OnnxFields.Tensor.Name) values.Add(part.Text());
                        if (part.Number != OnnxFields.Tensor.External) continue;
                        if (EntryOf(part) is (ExternalLocation, var name)) external.Add(Checked(name, graph.Source));
                    }

                    break;
                case OnnxFields.Graph.Input:
                    foreach (var part in field.Fields().Where(f => f.Number == OnnxFields.Value.Name)) values.Add(part.Text());
                    break;
            }
        }
    }

    private static string Checked(string location, ByteSource source) => location.Length > 0 && !location.Contains('\0', StringComparison.Ordinal)
        ? location
        : throw new DmlException($"{source.Name}: expected the name of a file that holds weights, found none; the model is damaged, export it anew.");

    private static long StandardVersion(ProtoField opset)
    {
        var (isStandard, version) = (true, 0L);
        foreach (var part in opset.Fields())
        {
            if (part.Number == OnnxFields.Opset.Domain) isStandard = part.Text() is "" or "ai.onnx";
            if (part.Number == OnnxFields.Opset.Version) version = (long)part.Value;
        }

        return isStandard ? version : 0;
    }

    private static (string Key, string Value) EntryOf(ProtoField entry)
    {
        var (key, value) = ("", "");
        foreach (var part in entry.Fields())
        {
            if (part.Number == OnnxFields.Entry.Key) key = part.Text();
            if (part.Number == OnnxFields.Entry.Value) value = part.Text();
        }

        return (key, value);
    }
}
