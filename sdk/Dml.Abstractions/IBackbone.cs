using static TorchSharp.torch;

namespace Dml;

/// <summary>How decoded pixels become the input of a backbone: <c>(pixel / 255 - mean) / std</c> for each channel.</summary>
/// <param name="Mean">Three means, RGB, for values in [0, 1].</param>
/// <param name="Std">Three standard deviations, RGB, for values in [0, 1].</param>
public sealed record InputNormalization(IReadOnlyList<float> Mean, IReadOnlyList<float> Std)
{
    /// <summary>The means and deviations of ImageNet, as torchvision uses them.</summary>
    public static InputNormalization ImageNet { get; } = new([0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);
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
}
