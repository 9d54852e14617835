using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Options of the tiny network.</summary>
public sealed record TinyOptions
{
    /// <summary>D, the number of features.</summary>
    [Range(1, 4096)]
    public int Features { get; init; } = 64;
}

/// <summary>One convolution and the mean over the image.</summary>
[Plugin("tiny")]
public sealed class TinyBackbone(TinyOptions options) : IBackbone
{
    /// <inheritdoc/>
    public int FeatureSize => options.Features;

    /// <inheritdoc/>
    public InputNormalization Normalization => InputNormalization.ImageNet;

    /// <inheritdoc/>
    public nn.Module<Tensor, Tensor> CreateModule() => new TinyModule(options.Features);
}

internal sealed class TinyModule : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "conv")]
    private readonly Conv2d _conv;

    public TinyModule(int features) : base("Tiny")
    {
        _conv = nn.Conv2d(3, features, 3, padding: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return nn.functional.relu(_conv.call(input)).mean([2, 3]).MoveToOuterDisposeScope();
    }
}
