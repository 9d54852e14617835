using Dml.Storage;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Attention, then a perceptron, each of the norm of its input and added to it: (B, N, width) to the same.</summary>
internal sealed class VitBlock : nn.Module<Tensor, Tensor>
{
    private readonly LayerNorm _firstNorm, _secondNorm;
    private readonly VitAttention _attention;
    private readonly VitPerceptron _perceptron;
    private readonly VitScale? _firstScale, _secondScale;

    public VitBlock(VitForm form) : base("Block")
    {
        // While the fields are empty: names of parts are the family's, not the fields'.
        RegisterComponents();
        register_module(form.Names.FirstNorm, _firstNorm = nn.LayerNorm(form.Width, form.Epsilon));
        register_module("attn", _attention = new(form));
        if (form.HasLayerScale) register_module("ls1", _firstScale = new(form.Width));
        register_module(form.Names.SecondNorm, _secondNorm = nn.LayerNorm(form.Width, form.Epsilon));
        register_module("mlp", _perceptron = new(form));
        if (form.HasLayerScale) register_module("ls2", _secondScale = new(form.Width));
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var tokens = input + Scaled(_attention.call(_firstNorm.call(input)), _firstScale);
        return (tokens + Scaled(_perceptron.call(_secondNorm.call(tokens)), _secondScale)).MoveToOuterDisposeScope();
    }

    /// <summary>Adds what it computes.</summary>
    /// <param name="graph">Goes on from the block's input.</param>
    /// <param name="epsilon">That of the norms.</param>
    public void AddTo(OnnxGraph graph, double epsilon)
    {
        var input = graph.Result;
        graph.LayerNorm(_firstNorm.weight!, _firstNorm.bias!, epsilon);
        _attention.AddTo(graph);
        _firstScale?.AddTo(graph);
        var tokens = graph.Add("Add", [input, graph.Result]);
        graph.LayerNorm(_secondNorm.weight!, _secondNorm.bias!, epsilon);
        _perceptron.AddTo(graph);
        _secondScale?.AddTo(graph);
        graph.Add("Add", [tokens, graph.Result]);
    }

    private static Tensor Scaled(Tensor branch, VitScale? scale) => scale is null ? branch : scale.call(branch);
}
