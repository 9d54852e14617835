using System.Globalization;
using static TorchSharp.torch;

namespace Dml.Storage;

/// <summary>
/// An ONNX model that is being written: a graph of its own (operator set 17), or the graph of a model file that is gone on with, in that file's
/// operator set. Values are named; <see cref="Result"/> is the one that the next layer takes.
/// </summary>
public sealed partial class OnnxGraph
{
    /// <summary>The operator set of a new graph.</summary>
    public const int NewOpset = 17;

    /// <summary>Largest model, in bytes: a message of protocol buffers ends below 2 GiB.</summary>
    private const long LargestModel = int.MaxValue - 1024;

    private const int NewIrVersion = 8;

    /// <summary>From this version on weights need not stand among the inputs.</summary>
    private const int LeastIrVersion = 4;

    private const int FloatType = 1;
    private const int Int64Type = 7;
    private const string Producer = "dml";

    private readonly ProtoMessage _graph = new();
    private readonly ProtoMessage _rest = new();
    private readonly IReadOnlySet<string> _taken = new HashSet<string>();
    private readonly string _prefix;
    private long _irVersion = NewIrVersion;
    private int _count;

    /// <summary>An empty graph.</summary>
    public OnnxGraph()
    {
        (Opset, _prefix) = (NewOpset, Producer);
        _graph.Add(OnnxFields.Graph.Name, Producer);
        var opset = new ProtoMessage();
        opset.Add(OnnxFields.Opset.Domain, "");
        opset.Add(OnnxFields.Opset.Version, NewOpset);
        _rest.Add(OnnxFields.Model.OpsetImport, opset);
    }

    private OnnxGraph(OnnxFile file)
    {
        (Opset, _taken) = (file.Opset, file.Values);
        var prefix = Producer;
        for (var number = 2; _taken.Any(name => name.StartsWith(prefix, StringComparison.Ordinal)); number++)
        {
            prefix = string.Create(CultureInfo.InvariantCulture, $"{Producer}{number}");
        }

        _prefix = prefix;
    }

    /// <summary>Version of the standard operator set that operations are meant in.</summary>
    public long Opset { get; }

    /// <summary>Name of the value that the next layer takes; "" at first.</summary>
    public string Result { get; set; } = "";

    /// <summary>A graph whose result is its input <c>images</c>, (B, 3, H, W), of any B, H and W.</summary>
    public static OnnxGraph OfImages()
    {
        var graph = new OnnxGraph();
        graph.AddInput("images", "batch", "3", "height", "width");
        return graph;
    }

    /// <summary>The graph of a model file without its outputs, to be gone on with.</summary>
    /// <param name="path">The file.</param>
    /// <param name="result">The value in it to go on from.</param>
    /// <exception cref="DmlException">It is no ONNX model, it has no such value, or its weights lie in other files.</exception>
    public static OnnxGraph Extending(string path, string result)
    {
        var file = OnnxFile.Open(path);
        if (file.ExternalFiles.Count > 0)
        {
            throw new DmlException(
                null, "a model with its weights in one file", $"weights in {System.IO.Path.GetFileName(file.ExternalFiles[0])} beside it",
                "save the model as one file, with onnx.save_model(save_as_external_data=False)", path);
        }

        if (!file.Values.Contains(result)) throw new DmlException(null, $"a value \"{result}\"", "none of that name", "name one of its values", path);
        var graph = new OnnxGraph(file) { Result = result };
        using var source = ByteSource.OfHeldFile(path, "the model");
        foreach (var field in ProtoField.Of(source))
        {
            switch (field.Number)
            {
                case OnnxFields.Model.IrVersion:
                    graph._irVersion = Math.Max((long)field.Value, LeastIrVersion);
                    break;
                case OnnxFields.Model.Producer:
                    break;
                case OnnxFields.Model.Graph:
                    foreach (var part in field.Fields().Where(f => f.Number != OnnxFields.Graph.Output)) graph._graph.Raw(part.Raw());
                    break;
                default:
                    graph._rest.Raw(field.Raw());
                    break;
            }
        }

        return graph;
    }

    /// <summary>Adds an input of float32 and makes it the result.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">A number for each fixed dimension, a name for each that is free, such as <c>["batch", "3", "height", "width"]</c>.</param>
    public void AddInput(string name, params IReadOnlyList<string> shape)
    {
        _graph.Add(OnnxFields.Graph.Input, Value(name, shape));
        Result = name;
    }

    /// <summary>Adds constant numbers, float32.</summary>
    /// <param name="values">Of any floating-point dtype, on any device; copied.</param>
    /// <returns>Their name.</returns>
    public string Constant(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return Constant(values.shape, FloatType, values.detach().to(float32).cpu().contiguous().bytes.ToArray());
    }

    /// <summary>Adds one constant number, float32.</summary>
    /// <param name="value">The number.</param>
    /// <returns>Its name.</returns>
    public string Constant(double value) => Constant([], FloatType, BitConverter.GetBytes((float)value));

    /// <summary>Adds a constant list of whole numbers, int64, such as a shape or the axes of a mean.</summary>
    /// <param name="values">The numbers.</param>
    /// <returns>Their name.</returns>
    public string Integers(params IReadOnlyList<long> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Constant([values.Count], Int64Type, [.. values.SelectMany(BitConverter.GetBytes)]);
    }

    /// <summary>Adds an operation with one result, and makes that <see cref="Result"/>.</summary>
    /// <param name="operation">As ONNX calls it, for example <c>Relu</c>; of the standard operator set.</param>
    /// <param name="inputs">Names of what it takes.</param>
    /// <param name="attributes">Its settings.</param>
    /// <returns>The result's name.</returns>
    public string Add(string operation, IReadOnlyList<string> inputs, params IReadOnlyList<OnnxAttribute> attributes)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(attributes);
        Result = NewName();
        Node(operation, inputs, Result, attributes);
        return Result;
    }

    /// <summary>Notes something of the model.</summary>
    /// <param name="key">For example <c>dml.size</c>.</param>
    /// <param name="value">A text.</param>
    public void Describe(string key, string value)
    {
        var entry = new ProtoMessage();
        entry.Add(OnnxFields.Entry.Key, key);
        entry.Add(OnnxFields.Entry.Value, value);
        _rest.Add(OnnxFields.Model.Metadata, entry);
    }

    /// <summary>Writes the model with <see cref="Result"/> as its only output.</summary>
    /// <param name="path">The file, complete or absent.</param>
    /// <param name="output">What the output is called.</param>
    /// <param name="shape">Its shape, as that of an input.</param>
    /// <exception cref="DmlException">The model is too large for one file, or the place cannot be written to.</exception>
    public void Write(string path, string output, params IReadOnlyList<string> shape)
    {
        var name = _taken.Contains(output) ? $"{_prefix}_{output}" : output;
        Node("Identity", [Result], name, []);
        _graph.Add(OnnxFields.Graph.Output, Value(name, shape));
        var model = new ProtoMessage();
        model.Add(OnnxFields.Model.IrVersion, _irVersion);
        model.Add(OnnxFields.Model.Producer, Producer);
        model.Add(OnnxFields.Model.Graph, _graph);
        if (model.Length + _rest.Length > LargestModel)
        {
            throw new DmlException(
                null, $"a model of at most {LargestModel:N0} bytes, which is what one ONNX file can hold", $"{model.Length:N0}",
                "take a smaller backbone", path);
        }

        AtomicFile.Write(path, stream =>
        {
            model.WriteTo(stream);
            _rest.WriteTo(stream);
        });
    }

    private string NewName() => string.Create(CultureInfo.InvariantCulture, $"{_prefix}_{_count++}");

    private void Node(string operation, IReadOnlyList<string> inputs, string output, IReadOnlyList<OnnxAttribute> attributes)
    {
        var node = new ProtoMessage();
        foreach (var input in inputs) node.Add(OnnxFields.Node.Input, input);
        node.Add(OnnxFields.Node.Output, output);
        node.Add(OnnxFields.Node.Name, $"{_prefix}/{output}");
        node.Add(OnnxFields.Node.Operation, operation);
        foreach (var attribute in attributes) node.Add(OnnxFields.Node.Attribute, attribute.Message);
        _graph.Add(OnnxFields.Graph.Node, node);
    }

    private string Constant(IReadOnlyList<long> shape, int type, byte[] bytes)
    {
        var name = NewName();
        var tensor = new ProtoMessage();
        foreach (var size in shape) tensor.Add(OnnxFields.Tensor.Dimension, size);
        tensor.Add(OnnxFields.Tensor.DataType, type);
        tensor.Add(OnnxFields.Tensor.Name, name);
        tensor.Add(OnnxFields.Tensor.RawData, bytes);
        _graph.Add(OnnxFields.Graph.Initializer, tensor);
        return name;
    }

    private static ProtoMessage Value(string name, IReadOnlyList<string> shape)
    {
        var dimensions = new ProtoMessage();
        foreach (var size in shape)
        {
            var dimension = new ProtoMessage();
            if (long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var value)) dimension.Add(OnnxFields.Value.DimensionValue, value);
            else dimension.Add(OnnxFields.Value.DimensionName, size);
            dimensions.Add(OnnxFields.Value.Dimension, dimension);
        }

        var tensor = new ProtoMessage();
        tensor.Add(OnnxFields.Value.ElementType, FloatType);
        tensor.Add(OnnxFields.Value.Shape, dimensions);
        var type = new ProtoMessage();
        type.Add(OnnxFields.Value.TensorType, tensor);
        var info = new ProtoMessage();
        info.Add(OnnxFields.Value.Name, name);
        info.Add(OnnxFields.Value.Type, type);
        return info;
    }
}
