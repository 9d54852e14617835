using Dml.Storage;

namespace Dml.Tests.Onnx;

/// <summary>Writes small ONNX models of any form, field by field, apart from the writer that is tested.</summary>
internal sealed class TinyOnnx
{
    public const int Float = 1;
    public const int Bytes = 2;
    public const int Half = 10;

    private readonly ProtoMessage _graph = new();
    private readonly ProtoMessage _model = new();

    public TinyOnnx(int opset = 17, int irVersion = 8)
    {
        _model.Add(1, irVersion);
        _model.Add(2, "tests");
        var import = new ProtoMessage();
        import.Add(2, opset);
        _model.Add(8, import);
        _graph.Add(2, "tiny");
    }

    /// <summary>A dimension of 0 has no size, one of -1 stands for a named one.</summary>
    public TinyOnnx Input(string name, int type, params int[] shape) => Add(11, Value(name, type, shape));

    public TinyOnnx Output(string name, int type, params int[] shape) => Add(12, Value(name, type, shape));

    public TinyOnnx Node(string operation, string inputs, string outputs, params OnnxAttribute[] attributes)
    {
        var node = new ProtoMessage();
        foreach (var input in inputs.Split(' ')) node.Add(1, input);
        foreach (var output in outputs.Split(' ')) node.Add(2, output);
        node.Add(4, operation);
        foreach (var attribute in attributes) node.Add(5, attribute.Message);
        return Add(1, node);
    }

    public TinyOnnx Weight(string name, int[] shape, float[] values)
    {
        var tensor = new ProtoMessage();
        foreach (var size in shape) tensor.Add(1, size);
        tensor.Add(2, Float);
        tensor.Add(8, name);
        tensor.Add(9, values.SelectMany(BitConverter.GetBytes).ToArray());
        return Add(5, tensor);
    }

    public TinyOnnx Integers(string name, params long[] values)
    {
        var tensor = new ProtoMessage();
        tensor.Add(1, values.Length);
        tensor.Add(2, 7);
        tensor.Add(8, name);
        tensor.Add(9, values.SelectMany(BitConverter.GetBytes).ToArray());
        return Add(5, tensor);
    }

    public TinyOnnx ExternalWeight(string name, int[] shape, string file)
    {
        var tensor = new ProtoMessage();
        foreach (var size in shape) tensor.Add(1, size);
        tensor.Add(2, Float);
        tensor.Add(8, name);
        tensor.Add(13, Entry("location", file));
        tensor.Add(14, 1);
        return Add(5, tensor);
    }

    public TinyOnnx Note(string key, string value)
    {
        _model.Add(14, Entry(key, value));
        return this;
    }

    public byte[] ToArray()
    {
        var whole = new ProtoMessage();
        using var bytes = new MemoryStream();
        _model.WriteTo(bytes);
        whole.Add(7, _graph);
        whole.WriteTo(bytes);
        return bytes.ToArray();
    }

    public string Write(string path)
    {
        File.WriteAllBytes(path, ToArray());
        return path;
    }

    private TinyOnnx Add(int field, ProtoMessage message)
    {
        _graph.Add(field, message);
        return this;
    }

    private static ProtoMessage Entry(string key, string value)
    {
        var entry = new ProtoMessage();
        entry.Add(1, key);
        entry.Add(2, value);
        return entry;
    }

    private static ProtoMessage Value(string name, int type, int[] shape)
    {
        var dimensions = new ProtoMessage();
        foreach (var (index, size) in shape.Index())
        {
            var dimension = new ProtoMessage();
            if (size > 0) dimension.Add(1, size);
            else if (size < 0) dimension.Add(2, $"d{index}");
            dimensions.Add(1, dimension);
        }

        var tensor = new ProtoMessage();
        tensor.Add(1, type);
        if (shape.Length > 0) tensor.Add(2, dimensions);
        var holder = new ProtoMessage();
        holder.Add(1, tensor);
        var value = new ProtoMessage();
        value.Add(1, name);
        value.Add(2, holder);
        return value;
    }
}
