using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// ResNet-18, 34, 50, 101 and 152 (He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", CVPR 2016) in torchvision's form
/// without the classifier: D = 512 for the first two, 2048 for the others. Images of any H and W of 32 pixels or more keep their aspect.
/// Of 50 layers it is the plugin resnet50.
/// </summary>
[Plugin("resnet")]
public sealed class ResNetBackbone : IBackbone
{
    private readonly ResNetOptions _options;
    private readonly ResNetLayers _layers;

    /// <summary>Checks the options.</summary>
    /// <param name="options">Depth, weights to start from, pooling, normalisation.</param>
    /// <exception cref="DmlException">There is no such depth.</exception>
    public ResNetBackbone(ResNetOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _layers = ResNetLayers.Published.FirstOrDefault(layers => layers.Depth == options.Depth)
            ?? throw new DmlException($"backbone.depth: expected 18, 34, 50, 101 or 152, found {options.Depth}; choose one of these.");
    }

    /// <inheritdoc/>
    public int FeatureSize => _layers.Features;

    /// <inheritdoc/>
    public InputNormalization Normalization => InputNormalization.ImageNet;

    /// <inheritdoc/>
    public PretrainedWeights? Pretrained => _options.Pretrained is { } file
        ? new(file, Origin, _options.AllowPartialWeights) { Prefix = _options.PretrainedPrefix } : null;

    private string Origin => $"torchvision's {File} (weights IMAGENET1K_V1) from https://download.pytorch.org/models/";

    private string File => _layers.Depth switch
    {
        18 => "resnet18-f37072fd.pth",
        34 => "resnet34-b627a593.pth",
        50 => "resnet50-0676ba61.pth",
        101 => "resnet101-63fe2227.pth",
        _ => "resnet152-394f9c45.pth",
    };

    /// <inheritdoc/>
    public nn.Module<Tensor, Tensor> CreateModule() =>
        new ResNetModule("resnet", _layers, _options.Pooling, _options.LayerNorm, _options.FrozenBatchNorm);

    /// <inheritdoc/>
    public string? MapWeightName(string name) => ResNetNames.Map(name);
}
