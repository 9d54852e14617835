using Dml.Numerics;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Images (B, 3, H, W) to features (B, 2048). Parameters and buffers are named as torchvision names them.</summary>
internal sealed class ResNet50Module : nn.Module<Tensor, Tensor>
{
    public const int Features = 2048;

    /// <summary>The image is halved five times.</summary>
    private const int SmallestSide = 32;

    private static readonly (int Width, int Blocks, int Stride)[] Stages = [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)];

    [ComponentName(Name = "conv1")]
    private readonly Conv2d _conv;

    [ComponentName(Name = "bn1")]
    private readonly BatchNorm2d _norm;

    private readonly ResNet50Options _options;
    private readonly List<Bottleneck> _blocks = [];

    public ResNet50Module(ResNet50Options options) : base("ResNet50")
    {
        _options = options;
        _conv = nn.Conv2d(3, Stages[0].Width, 7, stride: 2, padding: 3, bias: false);
        _norm = nn.BatchNorm2d(Stages[0].Width);
        RegisterComponents();
        var inputs = Stages[0].Width;
        foreach (var (stage, (width, blocks, stride)) in Stages.Index())
        {
            var layer = new ModuleList<Bottleneck>();
            for (var i = 0; i < blocks; i++)
            {
                layer.Add(new Bottleneck(inputs, width, i == 0 ? stride : 1, options.FrozenBatchNorm));
                inputs = width * Bottleneck.Expansion;
            }

            register_module($"layer{stage + 1}", layer);
            _blocks.AddRange(layer);
        }

        DrawWeights();
        if (options.FrozenBatchNorm) BackboneLayers.FreezeBatchNorm(this);
    }

    public override Tensor forward(Tensor input)
    {
        BackboneLayers.RequireImages(input, SmallestSide, "resnet50");
        using var scope = NewDisposeScope();
        var maps = Stem(input);
        foreach (var block in _blocks)
        {
            // Maps that no gradient needs are freed block by block.
            using var previous = maps;
            maps = block.call(previous);
        }

        return BackboneLayers.Features(maps, _options.Pooling, _options.LayerNorm).MoveToOuterDisposeScope();
    }

    private Tensor Stem(Tensor input)
    {
        using var scope = NewDisposeScope();
        var maps = BackboneLayers.Normalize(_norm, _conv.call(input), _options.FrozenBatchNorm).relu_();
        return nn.functional.max_pool2d(maps, 3, stride: 2, padding: 1).MoveToOuterDisposeScope();
    }

    /// <summary>He initialisation by the number of outputs, as torchvision's; batch norm begins at 1 and 0 by itself.</summary>
    private void DrawWeights()
    {
        using var scope = NewDisposeScope();
        foreach (var conv in modules().OfType<Conv2d>())
        {
            nn.init.kaiming_normal_(conv.weight!, mode: nn.init.FanInOut.FanOut, nonlinearity: nn.init.NonlinearityType.ReLU);
        }
    }
}
