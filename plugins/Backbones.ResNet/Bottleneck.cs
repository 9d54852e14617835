using Dml.Numerics;
using Dml.Storage;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// 1 x 1, 3 x 3 and 1 x 1 convolution, each with batch norm, added to the input (He et al., figure 5):
/// (B, C, H, W) to (B, 4 width, H / stride, W / stride).
/// </summary>
internal sealed class Bottleneck : nn.Module<Tensor, Tensor>, IResNetBlock
{
    /// <summary>Output channels for each channel of the 3 x 3 convolution.</summary>
    public const int Expansion = 4;

    [ComponentName(Name = "conv1")]
    private readonly Conv2d _reduce;

    [ComponentName(Name = "bn1")]
    private readonly BatchNorm2d _reduceNorm;

    [ComponentName(Name = "conv2")]
    private readonly Conv2d _spatial;

    [ComponentName(Name = "bn2")]
    private readonly BatchNorm2d _spatialNorm;

    [ComponentName(Name = "conv3")]
    private readonly Conv2d _expand;

    [ComponentName(Name = "bn3")]
    private readonly BatchNorm2d _expandNorm;

    [ComponentName(Name = "downsample")]
    private readonly Downsample? _downsample;

    private readonly int _stride;
    private readonly bool _frozen;

    public Bottleneck(int inputs, int width, int stride, bool frozen) : base("Bottleneck")
    {
        var outputs = width * Expansion;
        (_stride, _frozen) = (stride, frozen);
        _reduce = nn.Conv2d(inputs, width, 1, bias: false);
        _reduceNorm = nn.BatchNorm2d(width);
        _spatial = nn.Conv2d(width, width, 3, stride: stride, padding: 1, bias: false);
        _spatialNorm = nn.BatchNorm2d(width);
        _expand = nn.Conv2d(width, outputs, 1, bias: false);
        _expandNorm = nn.BatchNorm2d(outputs);
        _downsample = inputs == outputs && stride == 1 ? null : new Downsample(inputs, outputs, stride, frozen);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();

        // Neither batch norm nor ReLU needs its own output as it was before for the gradient of the other: in place is safe.
        var maps = BackboneLayers.Normalize(_reduceNorm, _reduce.call(input), _frozen).relu_();
        maps = BackboneLayers.Normalize(_spatialNorm, _spatial.call(maps), _frozen).relu_();
        maps = BackboneLayers.Normalize(_expandNorm, _expand.call(maps), _frozen);
        var identity = _downsample is null ? input : _downsample.call(input);
        return maps.add_(identity).relu_().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void AddTo(OnnxGraph graph)
    {
        var input = graph.Result;
        graph.Convolution(_reduce.weight!);
        graph.BatchNorm(_reduceNorm);
        graph.Relu();
        graph.Convolution(_spatial.weight!, _stride, padding: 1);
        graph.BatchNorm(_spatialNorm);
        graph.Relu();
        graph.Convolution(_expand.weight!);
        var maps = graph.BatchNorm(_expandNorm);
        graph.Result = input;
        _downsample?.AddTo(graph);
        graph.Add("Add", [maps, graph.Result]);
        graph.Relu();
    }
}
