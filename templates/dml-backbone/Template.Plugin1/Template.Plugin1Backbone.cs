using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Template.Plugin1;

/// <summary>Options of the network.</summary>
public sealed record Template_Plugin1Options
{
    /// <summary>D, the number of features; a multiple of 32.</summary>
    [Range(32, 4096)]
    public int Features { get; init; } = 64;
}

/// <summary>Two convolutions and the mean over the image.</summary>
[Plugin("plugin-name-1")]
public sealed class Template_Plugin1Backbone(Template_Plugin1Options options) : IBackbone
{
    /// <inheritdoc/>
    public int FeatureSize => options.Features;

    /// <inheritdoc/>
    public InputNormalization Normalization => InputNormalization.ImageNet;

    /// <inheritdoc/>
    public nn.Module<Tensor, Tensor> CreateModule() => new Template_Plugin1Module(options.Features);
}

internal sealed class Template_Plugin1Module : nn.Module<Tensor, Tensor>
{
    // The names are the checkpoint's.
    [ComponentName(Name = "conv1")]
    private readonly Conv2d _first;

    [ComponentName(Name = "conv2")]
    private readonly Conv2d _second;

    public Template_Plugin1Module(int features) : base("Template_Plugin1")
    {
        _first = nn.Conv2d(3, 32, 3, stride: 2, padding: 1);
        _second = nn.Conv2d(32, features, 3, stride: 2, padding: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var edges = nn.functional.relu(_first.call(input));
        return nn.functional.relu(_second.call(edges)).mean([2, 3]).MoveToOuterDisposeScope();
    }
}
