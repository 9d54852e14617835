using Dml.Storage;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Two layers on each token by itself: (B, N, width) to (B, N, width).</summary>
internal sealed class VitPerceptron : nn.Module<Tensor, Tensor>
{
    /// <summary>Of OpenAI's CLIP.</summary>
    private const double QuickSlope = 1.702;

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

    /// <summary>Adds what it computes.</summary>
    /// <param name="graph">Goes on from tokens (B, N, width).</param>
    public void AddTo(OnnxGraph graph)
    {
        if (_activation == VitActivation.SwiGlu)
        {
            using var scope = NewDisposeScope();
            var (input, weights, biases) = (graph.Result, _first.weight!.chunk(2, 0), _first.bias!.chunk(2, 0));
            var gate = graph.Linear(weights[0], biases[0]);
            var silu = graph.Add("Mul", [gate, graph.Add("Sigmoid", [gate])]);
            graph.Result = input;
            graph.Add("Mul", [silu, graph.Linear(weights[1], biases[1])]);
        }
        else
        {
            var values = graph.Linear(_first.weight!, _first.bias!);
            if (_activation == VitActivation.Gelu) graph.Gelu();
            else graph.Add("Mul", [values, graph.Add("Sigmoid", [graph.Add("Mul", [values, graph.Constant(QuickSlope)])])]);
        }

        graph.Linear(_second.weight!, _second.bias!);
    }

    private Tensor Activate(Tensor values)
    {
        if (_activation == VitActivation.Gelu) return nn.functional.gelu(values);
        if (_activation == VitActivation.QuickGelu) return values * (values * QuickSlope).sigmoid();
        var halves = values.chunk(2, -1);
        return nn.functional.silu(halves[0]) * halves[1];
    }
}
