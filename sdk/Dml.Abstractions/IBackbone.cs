using static TorchSharp.torch;

namespace Dml;

/// <summary>The order of the colour channels of a backbone's input.</summary>
public enum ChannelOrder
{
    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Blue, green, red, as weights ported from Caffe expect.</summary>
    Bgr,
}

/// <summary>
/// How decoded pixels become the input of a backbone: <c>(pixel / 255 - mean) / std</c> for each channel, then the channels in the
/// order that the backbone wants. An input in 0..255 is a std of 1/255.
/// </summary>
/// <param name="Mean">Three means, RGB whatever the order, for values in [0, 1].</param>
/// <param name="Std">Three standard deviations, RGB whatever the order, for values in [0, 1].</param>
public sealed record InputNormalization(IReadOnlyList<float> Mean, IReadOnlyList<float> Std)
{
    /// <summary>The order of the channels in the input (B, 3, H, W).</summary>
    public ChannelOrder Order { get; init; } = ChannelOrder.Rgb;

    /// <summary>The means and deviations of ImageNet, as torchvision uses them.</summary>
    public static InputNormalization ImageNet { get; } = new([0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);
}

/// <summary>A file of weights that a backbone starts from instead of random ones. The host reads it and fits it to the module.</summary>
/// <param name="File">.pth, .pt or .safetensors, as given in the options; relative to the folder that the dataset's paths start at.</param>
/// <param name="Origin">
/// What the file is and where to get it, for the message where it is missing, such as "torchvision's resnet50-0676ba61.pth (weights IMAGENET1K_V1)".
/// </param>
/// <param name="AllowPartial">Whether tensors that the module lacks, or that the file lacks, are told as warnings instead of refused.</param>
public sealed record PretrainedWeights(string File, string Origin, bool AllowPartial = false)
{
    /// <summary>What stands before the backbone's names in a file that holds it more than once, such as <c>ema.backbone</c>; null to find it.</summary>
    public string? Prefix { get; init; }
}

/// <summary>Makes a feature extractor.</summary>
public interface IBackbone
{
    /// <summary>D, the number of features of an image.</summary>
    int FeatureSize { get; }

    /// <summary>What the input pixels are normalised with.</summary>
    InputNormalization Normalization { get; }

    /// <summary>
    /// A new module that maps images (B, 3, H, W), float32, to features (B, D). Its initial weights come from torch's global
    /// generator, which the host seeds; its parameter names are those of the checkpoint. The caller owns it.
    /// </summary>
    nn.Module<Tensor, Tensor> CreateModule();

    /// <summary>
    /// The model that the backbone runs as it is, or null for a backbone of layers that can be trained. Where it is given, modules have neither
    /// parameters nor buffers, their features no gradient, and only a training of mode frozen takes the backbone.
    /// </summary>
    FrozenModel? Frozen => null;

    /// <summary>The weights to start from, or null for the random ones of <see cref="CreateModule"/>.</summary>
    PretrainedWeights? Pretrained => null;

    /// <summary>
    /// The module's name for a tensor of a published weights file, after prefixes that all names share were taken off.
    /// </summary>
    /// <param name="name">A name in the file, for example <c>layer1.0.conv1.weight</c>.</param>
    /// <returns>A name of the module's state_dict; null for a tensor that is left out on purpose, such as the ImageNet classifier's.</returns>
    string? MapWeightName(string name) => name;
}
