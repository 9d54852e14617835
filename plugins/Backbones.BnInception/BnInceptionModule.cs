using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Images (B, 3, H, W) to features (B, 1024). Parameters and buffers are named as in the published port, all in one level.</summary>
internal sealed class BnInceptionModule : nn.Module<Tensor, Tensor>
{
    public const int Features = 1024;

    /// <summary>The image is halved five times.</summary>
    private const int SmallestSide = 32;

    private readonly BnInceptionOptions _options;
    private readonly NormalizedConvolution _first, _reduce, _second;
    private readonly List<InceptionBlock> _blocks = [];

    public BnInceptionModule(BnInceptionOptions options) : base("BnInception")
    {
        _options = options;
        _first = Convolution("conv1_7x7_s2", 3, 64, 7, 2);
        _reduce = Convolution("conv2_3x3_reduce", 64, 64, 1, 1);
        _second = Convolution("conv2_3x3", 64, 192, 3, 1);
        var inputs = 192;
        foreach (var widths in InceptionWidths.All)
        {
            _blocks.Add(new InceptionBlock(widths, inputs, Convolution));
            inputs = widths.Outputs(inputs);
        }

        if (options.FrozenBatchNorm) BackboneLayers.FreezeBatchNorm(this);
    }

    public override Tensor forward(Tensor input)
    {
        BackboneLayers.RequireImages(input, SmallestSide, "bn-inception");
        using var scope = NewDisposeScope();
        var maps = Stem(input);
        foreach (var block in _blocks)
        {
            // Maps that no gradient needs are freed block by block.
            using var previous = maps;
            maps = block.Call(previous);
        }

        return BackboneLayers.Features(maps, _options.Pooling, _options.LayerNorm).MoveToOuterDisposeScope();
    }

    private Tensor Stem(Tensor input)
    {
        using var scope = NewDisposeScope();
        return Halve(_second.Call(_reduce.Call(Halve(_first.Call(input))))).MoveToOuterDisposeScope();

        static Tensor Halve(Tensor maps) => nn.functional.max_pool2d(maps, 3, stride: 2, ceil_mode: true);
    }

    private NormalizedConvolution Convolution(string name, int inputs, int outputs, int side, int stride)
    {
        var conv = nn.Conv2d(inputs, outputs, side, stride: stride, padding: side / 2);
        var norm = nn.BatchNorm2d(outputs, momentum: _options.BatchNormMomentum);
        register_module(name, conv);
        register_module(name + "_bn", norm);
        return new(conv, norm, _options.FrozenBatchNorm);
    }
}
