using Dml.Storage;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Images (B, 3, H, W) to features (B, D). Parameters are named <c>blocks.0.conv.weight</c>, <c>blocks.0.norm.bias</c> and so on.</summary>
internal sealed class ConvNetModule : nn.Module<Tensor, Tensor>, IOnnxExportable
{
    [ComponentName(Name = "blocks")]
    private readonly ModuleList<ConvNetBlock> _blocks = new();

    private readonly int _features;

    public ConvNetModule(IReadOnlyList<int> channels) : base("ConvNet")
    {
        for (var i = 0; i < channels.Count; i++) _blocks.Add(new ConvNetBlock(i == 0 ? 3 : channels[i - 1], channels[i]));
        _features = channels[^1];
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var shape = input.shape;
        var smallest = 1L << _blocks.Count;
        if (shape.Length != 4 || shape[1] != 3 || shape[2] < smallest || shape[3] < smallest)
        {
            throw new DmlException(
                $"Expected images of shape (B, 3, H, W) with H and W at least {smallest} for the {_blocks.Count} blocks of the convnet backbone, "
                    + $"found ({string.Join(", ", shape)}); raise images.size or give fewer channels.");
        }

        using var scope = NewDisposeScope();
        var maps = input;
        foreach (var block in _blocks) maps = block.call(maps);
        var pooled = nn.functional.adaptive_max_pool2d(maps, [1, 1]).flatten(1);
        return nn.functional.layer_norm(pooled, [_features]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public OnnxGraph ToOnnx(int side)
    {
        var graph = OnnxGraph.OfImages();
        foreach (var block in _blocks) block.AddTo(graph);
        graph.GlobalPool(max: true);
        graph.LayerNorm(_features);
        return graph;
    }
}
