using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// ResNet-50 (He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", CVPR 2016) in torchvision's form, which halves maps in
/// the 3 x 3 convolutions, without its classifier: D = 2048. Images of any H and W of 32 pixels or more keep their aspect. Global max
/// pooling and LayerNorm without affine parameters are those of ProxyNCA++ (Teh, DeVries, Taylor, ECCV 2020).
/// </summary>
/// <param name="options">Weights to start from, pooling, normalisation.</param>
[Plugin("resnet50")]
public sealed class ResNet50Backbone(ResNet50Options options) : IBackbone
{
    private const string Origin =
        "torchvision's resnet50-0676ba61.pth (weights IMAGENET1K_V1; resnet50-19c8e357.pth is their older file, "
            + "resnet50-11ad3fa6.pth is IMAGENET1K_V2) from https://download.pytorch.org/models/";

    /// <summary>
    /// What torchvision's children are called once they are wrapped as one list, as published code does: 2, 3 and 8 have no weights, 9 is the classifier.
    /// </summary>
    private static readonly Dictionary<string, string> Children = new(StringComparer.Ordinal)
    {
        ["0"] = "conv1",
        ["1"] = "bn1",
        ["4"] = "layer1",
        ["5"] = "layer2",
        ["6"] = "layer3",
        ["7"] = "layer4",
    };

    /// <inheritdoc/>
    public int FeatureSize => ResNet50Module.Features;

    /// <inheritdoc/>
    public InputNormalization Normalization => InputNormalization.ImageNet;

    /// <inheritdoc/>
    public PretrainedWeights? Pretrained => options.Pretrained is { } file
        ? new(file, Origin, options.AllowPartialWeights) { Prefix = options.PretrainedPrefix } : null;

    /// <inheritdoc/>
    public nn.Module<Tensor, Tensor> CreateModule() => new ResNet50Module(options);

    /// <inheritdoc/>
    public string? MapWeightName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name is "fc.weight" or "fc.bias" or "9.weight" or "9.bias") return null;
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && Children.TryGetValue(name[..dot], out var child) ? child + name[dot..] : name;
    }
}
