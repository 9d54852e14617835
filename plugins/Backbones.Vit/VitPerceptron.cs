using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Two layers on each token by itself: (B, N, width) to (B, N, width).</summary>
internal sealed class VitPerceptron : nn.Module<Tensor, Tensor>
{
    private readonly VitActivation _activation;
    private readonly Linear _first, _second;

    public VitPerceptron(VitForm form) : base("Perceptron")
    {
        RegisterComponents();
        _activation = form.Activation;
        var gated = _activation == VitActivation.SwiGlu;
        register_module(gated ? form.Names.Gated : form.Names.Wide, _first = nn.Linear(form.Width, (gated ? 2 : 1) * form.Hidden));
        register_module(gated ? form.Names.Ungated : form.Names.Narrow, _second = nn.Linear(form.Hidden, form.Width));
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return VitLayers.Linear(Activate(VitLayers.Linear(input, _first.weight!, _first.bias!)), _second.weight!, _second.bias!).MoveToOuterDisposeScope();
    }

    private Tensor Activate(Tensor values)
    {
        if (_activation == VitActivation.Gelu) return nn.functional.gelu(values);
        if (_activation == VitActivation.QuickGelu) return values * (values * 1.702).sigmoid();
        var halves = values.chunk(2, -1);
        return nn.functional.silu(halves[0]) * halves[1];
    }
}
