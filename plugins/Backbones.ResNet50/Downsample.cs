using Dml.Numerics;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>The way past a block that changes channels or halves the maps: 1 x 1 convolution and batch norm.</summary>
internal sealed class Downsample : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "0")]
    private readonly Conv2d _conv;

    [ComponentName(Name = "1")]
    private readonly BatchNorm2d _norm;

    private readonly bool _frozen;

    public Downsample(int inputs, int outputs, int stride, bool frozen) : base("Downsample")
    {
        _frozen = frozen;
        _conv = nn.Conv2d(inputs, outputs, 1, stride: stride, bias: false);
        _norm = nn.BatchNorm2d(outputs);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return BackboneLayers.Normalize(_norm, _conv.call(input), _frozen).MoveToOuterDisposeScope();
    }
}
