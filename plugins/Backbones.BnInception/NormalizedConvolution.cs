using Dml.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Convolution with bias, batch norm and ReLU. The two modules belong to the network, which names them.</summary>
internal sealed class NormalizedConvolution(Conv2d conv, BatchNorm2d norm, bool frozen)
{
    public Tensor Call(Tensor input)
    {
        using var scope = NewDisposeScope();

        // Batch norm's gradient needs its input alone, so ReLU may overwrite its output.
        return BackboneLayers.Normalize(norm, conv.call(input), frozen).relu_().MoveToOuterDisposeScope();
    }
}
