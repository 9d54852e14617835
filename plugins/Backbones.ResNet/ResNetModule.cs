using Dml.Numerics;
using Dml.Storage;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Images (B, 3, H, W) to features (B, D). Parameters and buffers are named as torchvision names them.</summary>
internal sealed class ResNetModule : nn.Module<Tensor, Tensor>, IOnnxExportable
{
    /// <summary>The image is halved five times.</summary>
    private const int SmallestSide = 32;

    private static readonly (int Width, int Stride)[] Stages = [(64, 1), (128, 2), (256, 2), (512, 2)];

    [ComponentName(Name = "conv1")]
    private readonly Conv2d _conv;

    [ComponentName(Name = "bn1")]
    private readonly BatchNorm2d _norm;

    private readonly string _plugin;
    private readonly FeaturePooling _pooling;
    private readonly bool _layerNorm, _frozen;
    private readonly int _features;
    private readonly List<nn.Module<Tensor, Tensor>> _blocks = [];

    /// <summary>Makes the network with random weights.</summary>
    /// <param name="plugin">The backbone's name in configs, for messages.</param>
    /// <param name="layers">Its depth.</param>
    /// <param name="pooling">How the last maps become features.</param>
    /// <param name="layerNorm">Whether features get mean 0 and variance 1.</param>
    /// <param name="frozen">Whether batch norm is frozen.</param>
    public ResNetModule(string plugin, ResNetLayers layers, FeaturePooling pooling, bool layerNorm, bool frozen) : base("ResNet")
    {
        (_plugin, _pooling, _layerNorm, _frozen) = (plugin, pooling, layerNorm, frozen);
        _conv = nn.Conv2d(3, Stages[0].Width, 7, stride: 2, padding: 3, bias: false);
        _norm = nn.BatchNorm2d(Stages[0].Width);
        RegisterComponents();
        var inputs = Stages[0].Width;
        foreach (var (stage, (width, stride)) in Stages.Index())
        {
            var layer = new ModuleList<nn.Module<Tensor, Tensor>>();
            for (var i = 0; i < layers.Blocks[stage]; i++)
            {
                layer.Add(Block(layers, inputs, width, i == 0 ? stride : 1));
                inputs = width * (layers.HasBottlenecks ? Bottleneck.Expansion : BasicBlock.Expansion);
            }

            register_module($"layer{stage + 1}", layer);
            _blocks.AddRange(layer);
        }

        _features = inputs;
        DrawWeights();
        if (frozen) BackboneLayers.FreezeBatchNorm(this);
    }

    public override Tensor forward(Tensor input)
    {
        BackboneLayers.RequireImages(input, SmallestSide, _plugin);
        using var scope = NewDisposeScope();
        var maps = Stem(input);
        foreach (var block in _blocks)
        {
            // Maps that no gradient needs are freed block by block.
            using var previous = maps;
            maps = block.call(previous);
        }

        return BackboneLayers.Features(maps, _pooling, _layerNorm).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public OnnxGraph ToOnnx(int side)
    {
        var graph = OnnxGraph.OfImages();
        graph.Convolution(_conv.weight!, stride: 2, padding: 3);
        graph.BatchNorm(_norm);
        graph.Relu();
        graph.MaxPool(3, stride: 2, padding: 1);
        foreach (var block in _blocks.Cast<IResNetBlock>()) block.AddTo(graph);
        graph.GlobalPool(_pooling == FeaturePooling.Max);
        if (_layerNorm) graph.LayerNorm(_features);
        return graph;
    }

    private nn.Module<Tensor, Tensor> Block(ResNetLayers layers, int inputs, int width, int stride) =>
        layers.HasBottlenecks ? new Bottleneck(inputs, width, stride, _frozen) : new BasicBlock(inputs, width, stride, _frozen);

    private Tensor Stem(Tensor input)
    {
        using var scope = NewDisposeScope();
        var maps = BackboneLayers.Normalize(_norm, _conv.call(input), _frozen).relu_();
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
