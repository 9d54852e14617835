using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Branches side by side (Ioffe and Szegedy, figure 5): 1 x 1; 1 x 1, 3 x 3; 1 x 1, 3 x 3, 3 x 3; pool, 1 x 1. A halving block has
/// no first branch, strides 2 in its last 3 x 3 convolutions and passes its pool on.
/// </summary>
internal sealed class InceptionBlock
{
    private readonly InceptionPool _pool;
    private readonly List<NormalizedConvolution[]> _branches = [];
    private readonly NormalizedConvolution? _projection;

    /// <summary>Makes the block's convolutions.</summary>
    /// <param name="widths">Their channels.</param>
    /// <param name="inputs">Channels of the block's input.</param>
    /// <param name="convolution">Makes and names one, from name, inputs, outputs, side and stride.</param>
    public InceptionBlock(InceptionWidths widths, int inputs, Func<string, int, int, int, int, NormalizedConvolution> convolution)
    {
        _pool = widths.Pool;
        var name = $"inception_{widths.Name}_";
        var stride = _pool == InceptionPool.Halving ? 2 : 1;
        if (widths.Single > 0) _branches.Add([convolution(name + "1x1", inputs, widths.Single, 1, 1)]);
        _branches.Add(
        [
            convolution(name + "3x3_reduce", inputs, widths.Reduce, 1, 1),
            convolution(name + "3x3", widths.Reduce, widths.Spatial, 3, stride),
        ]);
        _branches.Add(
        [
            convolution(name + "double_3x3_reduce", inputs, widths.DoubleReduce, 1, 1),
            convolution(name + "double_3x3_1", widths.DoubleReduce, widths.Double, 3, 1),
            convolution(name + "double_3x3_2", widths.Double, widths.Double, 3, stride),
        ]);
        if (widths.Projection > 0) _projection = convolution(name + "pool_proj", inputs, widths.Projection, 1, 1);
    }

    /// <summary>(B, C, H, W) to (B, C', H, W), or half of H and W, rounded up.</summary>
    public Tensor Call(Tensor maps)
    {
        using var scope = NewDisposeScope();
        var pooled = Pool(maps);
        var outputs = _branches.ConvertAll(branch => branch.Aggregate(maps, (m, convolution) => convolution.Call(m)));
        outputs.Add(_projection?.Call(pooled) ?? pooled);
        return cat(outputs, 1).MoveToOuterDisposeScope();
    }

    private Tensor Pool(Tensor maps) => _pool switch
    {
        InceptionPool.Average => nn.functional.avg_pool2d(maps, 3, stride: 1, padding: 1),
        InceptionPool.Max => nn.functional.max_pool2d(maps, 3, stride: 1, padding: 1),
        _ => nn.functional.max_pool2d(Even(maps), 3, stride: 2, ceil_mode: true),
    };

    /// <summary>
    /// With odd sides the 3 x 3 convolutions give one row or column more than the pool, and the port fails. A row of zeros adds the
    /// pool's missing window, on the last row alone: after ReLU no value lies below zero. Even sides stay as they are.
    /// </summary>
    private static Tensor Even(Tensor maps)
    {
        var (height, width) = (maps.shape[2] % 2, maps.shape[3] % 2);
        return height + width == 0 ? maps : nn.functional.pad(maps, [0, width, 0, height]);
    }
}
