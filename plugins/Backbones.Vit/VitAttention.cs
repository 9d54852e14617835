using Dml.Storage;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Attention of all tokens to all others, by heads: (B, N, width) to (B, N, width).</summary>
internal sealed class VitAttention : nn.Module<Tensor, Tensor>
{
    private const string PackedWeight = "in_proj_weight", PackedBias = "in_proj_bias";

    private readonly int _heads;
    private readonly Linear? _layer;
    private readonly Linear _output;

    public VitAttention(VitForm form) : base("Attention")
    {
        RegisterComponents();
        _heads = form.Heads;
        if (form.Names.Attention is { } name)
        {
            register_module(name, _layer = nn.Linear(form.Width, 3 * form.Width));
        }
        else
        {
            register_parameter(PackedWeight, new Parameter(empty(3 * form.Width, form.Width)));
            register_parameter(PackedBias, new Parameter(zeros(3 * form.Width)));
        }

        register_module(form.Names.AttentionOutput, _output = nn.Linear(form.Width, form.Width));
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var shape = input.shape;
        var (weight, bias) = (_layer?.weight ?? get_parameter(PackedWeight)!, _layer?.bias ?? get_parameter(PackedBias)!);
        var packed = VitLayers.Linear(input, weight, bias).view(shape[0], shape[1], 3, _heads, shape[2] / _heads).permute(2, 0, 3, 1, 4);
        var mixed = nn.functional.scaled_dot_product_attention(packed[0], packed[1], packed[2]);
        return VitLayers.Linear(mixed.transpose(1, 2).reshape(shape), _output.weight!, _output.bias!).MoveToOuterDisposeScope();
    }

    /// <summary>Adds what it computes.</summary>
    /// <param name="graph">Goes on from tokens (B, N, width).</param>
    public void AddTo(OnnxGraph graph)
    {
        var width = _output.weight!.shape[0];
        graph.Linear(_layer?.weight ?? get_parameter(PackedWeight)!, _layer?.bias ?? get_parameter(PackedBias)!);
        graph.Reshape(0, 0, 3, _heads, width / _heads);

        // (3, B, heads, N, d); one of the three keeps a first dimension of 1.
        var packed = graph.Transpose(2, 0, 3, 1, 4);
        string Part(long index) => graph.Add("Gather", [packed, graph.Integers(index)], OnnxAttribute.Of("axis", 0));
        var (query, value) = (Part(0), Part(2));
        Part(1);
        var products = graph.Add("MatMul", [query, graph.Transpose(0, 1, 2, 4, 3)]);
        var scaled = graph.Add("Mul", [products, graph.Constant(1 / Math.Sqrt((double)width / _heads))]);
        graph.Add("MatMul", [graph.Add("Softmax", [scaled], OnnxAttribute.Of("axis", -1)), value]);
        graph.Transpose(1, 3, 0, 2, 4);
        graph.Reshape(0, 0, width);
        graph.Linear(_output.weight!, _output.bias!);
    }
}
