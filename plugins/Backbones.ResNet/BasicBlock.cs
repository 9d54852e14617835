using Dml.Numerics;
using Dml.Storage;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Two 3 x 3 convolutions, each with batch norm, added to the input (He et al., figure 5, left): (B, C, H, W) to (B, width, H / stride, W / stride).
/// </summary>
internal sealed class BasicBlock : nn.Module<Tensor, Tensor>, IResNetBlock
{
    /// <summary>Output channels for each channel of the 3 x 3 convolutions.</summary>
    public const int Expansion = 1;

    [ComponentName(Name = "conv1")]
    private readonly Conv2d _first;

    [ComponentName(Name = "bn1")]
    private readonly BatchNorm2d _firstNorm;

    [ComponentName(Name = "conv2")]
    private readonly Conv2d _second;

    [ComponentName(Name = "bn2")]
    private readonly BatchNorm2d _secondNorm;

    [ComponentName(Name = "downsample")]
    private readonly Downsample? _downsample;

    private readonly int _stride;
    private readonly bool _frozen;

    public BasicBlock(int inputs, int width, int stride, bool frozen) : base("BasicBlock")
    {
        (_stride, _frozen) = (stride, frozen);
        _first = nn.Conv2d(inputs, width, 3, stride: stride, padding: 1, bias: false);
        _firstNorm = nn.BatchNorm2d(width);
        _second = nn.Conv2d(width, width, 3, padding: 1, bias: false);
        _secondNorm = nn.BatchNorm2d(width);
        _downsample = inputs == width && stride == 1 ? null : new Downsample(inputs, width, stride, frozen);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();

        // In place is safe for the reason that Bottleneck gives.
        var maps = BackboneLayers.Normalize(_firstNorm, _first.call(input), _frozen).relu_();
        maps = BackboneLayers.Normalize(_secondNorm, _second.call(maps), _frozen);
        var identity = _downsample is null ? input : _downsample.call(input);
        return maps.add_(identity).relu_().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void AddTo(OnnxGraph graph)
    {
        var input = graph.Result;
        graph.Convolution(_first.weight!, _stride, padding: 1);
        graph.BatchNorm(_firstNorm);
        graph.Relu();
        graph.Convolution(_second.weight!, padding: 1);
        var maps = graph.BatchNorm(_secondNorm);
        graph.Result = input;
        _downsample?.AddTo(graph);
        graph.Add("Add", [maps, graph.Result]);
        graph.Relu();
    }
}
