using Dml.Numerics;

namespace Dml.Plugins;

/// <summary>Options of BN-Inception.</summary>
public sealed record BnInceptionOptions
{
    /// <summary>File of ImageNet weights to start from, .pth or .safetensors; random weights when not given.</summary>
    public string? Pretrained { get; init; }

    /// <summary>What stands before the backbone's names in a weights file that holds it more than once, such as ema.backbone; found when not given.</summary>
    public string? PretrainedPrefix { get; init; }

    /// <summary>Whether a weights file may lack tensors or hold others; they are told as warnings.</summary>
    public bool AllowPartialWeights { get; init; }

    /// <summary>rgb: [0, 1] with ImageNet's means and deviations, as in the published runs; bgr255: what the ported weights were trained on.</summary>
    public BnInceptionInput Input { get; init; } = BnInceptionInput.Rgb;

    /// <summary>max or average: how the last maps become features.</summary>
    public FeaturePooling Pooling { get; init; } = FeaturePooling.Max;

    /// <summary>Whether the features of an image are brought to mean 0 and variance 1 (LayerNorm without affine parameters).</summary>
    public bool LayerNorm { get; init; } = true;

    /// <summary>Whether batch norm keeps its statistics, weights and biases in training.</summary>
    public bool FrozenBatchNorm { get; init; }

    /// <summary>Share of a batch's statistics in the running ones; the published port has 0.9, with which they are almost the last batch's.</summary>
    [Range(0.0001, 1)]
    public double BatchNormMomentum { get; init; } = 0.9;
}
