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

    private static readonly ResNetLayers Layers = ResNetLayers.Published.Single(layers => layers.Depth == 50);

    /// <inheritdoc/>
    public int FeatureSize => Layers.Features;

    /// <inheritdoc/>
    public InputNormalization Normalization => InputNormalization.ImageNet;

    /// <inheritdoc/>
    public PretrainedWeights? Pretrained => options.Pretrained is { } file
        ? new(file, Origin, options.AllowPartialWeights) { Prefix = options.PretrainedPrefix } : null;

    /// <inheritdoc/>
    public nn.Module<Tensor, Tensor> CreateModule() =>
        new ResNetModule("resnet50", Layers, options.Pooling, options.LayerNorm, options.FrozenBatchNorm);

    /// <inheritdoc/>
    public string? MapWeightName(string name) => ResNetNames.Map(name);
}
