using Dml.Storage;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>A factor for each feature (Touvron et al., ICCV 2021), 1 at first, as DINOv2's models are made.</summary>
internal sealed class VitScale : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "gamma")]
    private readonly Parameter _gamma;

    public VitScale(int width) : base("LayerScale")
    {
        _gamma = new Parameter(ones(width));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => input * _gamma;

    /// <summary>Adds what it computes.</summary>
    /// <param name="graph">Goes on from what is scaled.</param>
    public void AddTo(OnnxGraph graph) => graph.Add("Mul", [graph.Result, graph.Constant(_gamma)]);
}
