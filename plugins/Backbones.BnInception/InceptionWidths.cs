namespace Dml.Plugins;

/// <summary>The pooling branch of a block.</summary>
internal enum InceptionPool
{
    /// <summary>3 x 3 mean, zeros around the image counted, then a 1 x 1 convolution.</summary>
    Average,

    /// <summary>3 x 3 maximum, then a 1 x 1 convolution.</summary>
    Max,

    /// <summary>3 x 3 maximum at every second pixel, passed on without a convolution; the block halves the maps.</summary>
    Halving,
}

/// <summary>Output channels of a block's convolutions, branch by branch in the order of its output.</summary>
/// <param name="Name">Stage and letter, as in <c>inception_3a</c>.</param>
/// <param name="Single">1 x 1; 0 where the block has no such branch.</param>
/// <param name="Reduce">1 x 1 before the 3 x 3.</param>
/// <param name="Spatial">3 x 3.</param>
/// <param name="DoubleReduce">1 x 1 before the two 3 x 3.</param>
/// <param name="Double">Each of two 3 x 3 in a row.</param>
/// <param name="Pool">The pooling branch.</param>
/// <param name="Projection">1 x 1 after the pool; 0 where the pool is passed on.</param>
internal sealed record InceptionWidths(
    string Name, int Single, int Reduce, int Spatial, int DoubleReduce, int Double, InceptionPool Pool, int Projection)
{
    public static readonly IReadOnlyList<InceptionWidths> All =
    [
        new("3a", 64, 64, 64, 64, 96, InceptionPool.Average, 32),
        new("3b", 64, 64, 96, 64, 96, InceptionPool.Average, 64),
        new("3c", 0, 128, 160, 64, 96, InceptionPool.Halving, 0),
        new("4a", 224, 64, 96, 96, 128, InceptionPool.Average, 128),
        new("4b", 192, 96, 128, 96, 128, InceptionPool.Average, 128),
        new("4c", 160, 128, 160, 128, 160, InceptionPool.Average, 128),
        new("4d", 96, 128, 192, 160, 192, InceptionPool.Average, 128),
        new("4e", 0, 128, 192, 192, 256, InceptionPool.Halving, 0),
        new("5a", 352, 192, 320, 160, 224, InceptionPool.Average, 128),
        new("5b", 352, 192, 320, 192, 224, InceptionPool.Max, 128),
    ];

    /// <summary>Channels of the block's output for a number of channels of its input.</summary>
    public int Outputs(int inputs) => Single + Spatial + Double + (Pool == InceptionPool.Halving ? inputs : Projection);
}
