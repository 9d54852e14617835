using System.Runtime.InteropServices;
using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Tests.Onnx;

/// <summary>
/// A second computation of a convolutional ONNX model: its nodes one after the other in float64 by torch, weights as the file holds them. Knows the
/// operations of the networks in these tests and no more.
/// </summary>
internal sealed class PlainOnnx
{
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<string, Tensor> _weights = new(StringComparer.Ordinal);
    private string _input = "";
    private string _output = "";

    public static PlainOnnx Read(string path)
    {
        var source = ByteSource.OfFile(path, "a model");
        var model = new PlainOnnx();
        foreach (var field in ProtoField.Of(source).Single(f => f.Number == 7).Fields())
        {
            if (field.Number == 1) model._nodes.Add(Node.Of(field));
            if (field.Number == 5) model.AddWeight(field);
            if (field.Number == 11) model._input = field.Fields().Single(f => f.Number == 1).Text();
            if (field.Number == 12) model._output = field.Fields().Single(f => f.Number == 1).Text();
        }

        return model;
    }

    public Tensor Run(Tensor input)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var values = new Dictionary<string, Tensor>(_weights, StringComparer.Ordinal) { [_input] = input.to(float64) };
        foreach (var node in _nodes) values[node.Output] = Compute(node, [.. node.Inputs.Select(name => values[name])]);
        return values[_output].MoveToOuterDisposeScope();
    }

    private static Tensor Compute(Node node, Tensor[] x)
    {
        var strides = node.Integers("strides");
        switch (node.Operation)
        {
            case "Conv":
                return nn.functional.conv2d(Pad(x[0], node.Integers("pads"), 0), x[1], strides: strides);
            case "BatchNormalization":
                Tensor Channel(Tensor values) => values.reshape(1, -1, 1, 1);
                return ((x[0] - Channel(x[3])) / (Channel(x[4]) + node.Float("epsilon")).sqrt() * Channel(x[1])) + Channel(x[2]);
            case "Relu":
                return x[0].clamp_min(0);
            case "MaxPool":
                return nn.functional.max_pool2d(Pad(x[0], node.Integers("pads"), double.NegativeInfinity), node.Integers("kernel_shape"), strides);
            case "AveragePool":
                return nn.functional.avg_pool2d(x[0], node.Integers("kernel_shape"), strides);
            case "Add":
                return x[0] + x[1];
            default:
                throw new InvalidOperationException($"No oracle of {node.Operation}.");
        }
    }

    /// <summary>Pads are top, left, bottom, right in ONNX; left, right, top, bottom in torch.</summary>
    private static Tensor Pad(Tensor maps, long[] pads, double value) => nn.functional.pad(maps, [pads[1], pads[3], pads[0], pads[2]], value: value);

    private void AddWeight(ProtoField field)
    {
        var shape = new List<long>();
        var (name, values) = ("", Array.Empty<float>());
        foreach (var part in field.Fields())
        {
            if (part.Number == 1) shape.AddRange(Node.Packed(part));
            if (part.Number == 8) name = part.Text();
            if (part.Number is 4 or 9) values = MemoryMarshal.Cast<byte, float>(part.Source.Read(part.Start, (int)part.Length)).ToArray();
        }

        _weights[name] = tensor(values).reshape([.. shape]).to(float64);
    }

    private sealed record Node(string Operation, IReadOnlyList<string> Inputs, string Output, IReadOnlyDictionary<string, IReadOnlyList<ProtoField>> Attributes)
    {
        public static Node Of(ProtoField field)
        {
            List<ProtoField> parts = [.. field.Fields()];
            return new(
                parts.Single(p => p.Number == 4).Text(), [.. parts.Where(p => p.Number == 1).Select(p => p.Text())], parts.First(p => p.Number == 2).Text(),
                parts.Where(p => p.Number == 5).Select(p => p.Fields().ToList())
                    .ToDictionary(a => a.Single(f => f.Number == 1).Text(), a => (IReadOnlyList<ProtoField>)a, StringComparer.Ordinal));
        }

        public long[] Integers(string name) =>
            Attributes.TryGetValue(name, out var attribute) ? [.. attribute.Where(f => f.Number == 8).SelectMany(Packed)] : [];

        public float Float(string name)
        {
            var field = Attributes[name].Single(f => f.Number == 2);
            return BitConverter.ToSingle(field.Source.Read(field.Start, sizeof(float)));
        }

        /// <summary>Repeated numbers stand one by one, or as the bytes of several.</summary>
        public static IEnumerable<long> Packed(ProtoField field)
        {
            if (field.Wire == ProtoWire.Varint)
            {
                yield return (long)field.Value;
                yield break;
            }

            var (value, shift) = (0L, 0);
            foreach (var part in field.Source.Read(field.Start, (int)field.Length))
            {
                value |= (long)(part & 0x7F) << shift;
                shift += 7;
                if (part >= 0x80) continue;
                yield return value;
                (value, shift) = (0, 0);
            }
        }
    }
}
