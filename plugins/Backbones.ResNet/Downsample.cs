using Dml.Numerics;
using Dml.Storage;
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

    private readonly int _stride;
    private readonly bool _frozen;

    public Downsample(int inputs, int outputs, int stride, bool frozen) : base("Downsample")
    {
        (_stride, _frozen) = (stride, frozen);
        _conv = nn.Conv2d(inputs, outputs, 1, bias: false);
        _norm = nn.BatchNorm2d(outputs);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();

        // A strided 1 x 1 convolution reads every second pixel and no other. Taking them first is the same and goes around a fault of
        // libtorch's CPU kernels (oneDNN 3.7.1): the gradient of one with stride 2 and 512 or more inputs was measured to end the process
        // with a division by zero.
        var read = _stride == 1 ? input : input[.., .., TensorIndex.Slice(step: _stride), TensorIndex.Slice(step: _stride)];
        return BackboneLayers.Normalize(_norm, _conv.call(read), _frozen).MoveToOuterDisposeScope();
    }

    /// <summary>Adds what it computes in evaluation mode.</summary>
    public void AddTo(OnnxGraph graph)
    {
        graph.Convolution(_conv.weight!, _stride);
        graph.BatchNorm(_norm);
    }
}
