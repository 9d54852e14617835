namespace Dml.Plugins;

/// <summary>Blocks of the four stages and their kind, by the number of layers (He et al., table 1).</summary>
/// <param name="Depth">Layers with weights, the classifier's among them.</param>
/// <param name="Blocks">Blocks of each stage.</param>
/// <param name="HasBottlenecks">Whether blocks are bottlenecks of three convolutions; else they have two.</param>
internal sealed record ResNetLayers(int Depth, IReadOnlyList<int> Blocks, bool HasBottlenecks)
{
    /// <summary>The published ones.</summary>
    public static IReadOnlyList<ResNetLayers> Published { get; } =
    [
        new(18, [2, 2, 2, 2], false), new(34, [3, 4, 6, 3], false), new(50, [3, 4, 6, 3], true), new(101, [3, 4, 23, 3], true), new(152, [3, 8, 36, 3], true),
    ];

    /// <summary>D, the channels of the last maps.</summary>
    public int Features => 512 * (HasBottlenecks ? Bottleneck.Expansion : BasicBlock.Expansion);
}
