using Dml.Numerics;
using Dml.Storage;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>3 x 3 convolution, batch norm, ReLU, 2 x 2 max pool: (B, C, H, W) to (B, C', H/2, W/2).</summary>
internal sealed class ConvNetBlock : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "conv")]
    private readonly Conv2d _conv;

    [ComponentName(Name = "norm")]
    private readonly BatchNorm2d _norm;

    public ConvNetBlock(int inputs, int outputs) : base("ConvNetBlock")
    {
        // No bias: batch norm subtracts it again.
        _conv = nn.Conv2d(inputs, outputs, 3, padding: 1, bias: false);
        _norm = nn.BatchNorm2d(outputs);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();

        // ReLU is monotone, so it commutes with the pool; after it there is a quarter of the work.
        var pooled = nn.functional.max_pool2d(_norm.call(WholeChannelConvolution.Call(input, _conv.weight!, padding: 1)), 2);
        return nn.functional.relu(pooled).MoveToOuterDisposeScope();
    }

    /// <summary>Adds what it computes in evaluation mode.</summary>
    public void AddTo(OnnxGraph graph)
    {
        graph.Convolution(_conv.weight!, padding: 1);
        graph.BatchNorm(_norm);
        graph.MaxPool(2, stride: 2);
        graph.Relu();
    }
}
