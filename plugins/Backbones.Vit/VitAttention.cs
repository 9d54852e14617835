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
}
