using Dml.Numerics;

namespace Dml.Plugins;

/// <summary>Options of the ResNets.</summary>
public sealed record ResNetOptions
{
    /// <summary>18, 34, 50, 101 or 152 layers; the first two have 512 features, the others 2048.</summary>
    [Range(18, 152)]
    public int Depth { get; init; } = 18;

    /// <summary>File of ImageNet weights to start from, .pth or .safetensors; random weights when not given.</summary>
    public string? Pretrained { get; init; }

    /// <summary>What stands before the backbone's names in a weights file that holds it more than once, such as ema.backbone; found when not given.</summary>
    public string? PretrainedPrefix { get; init; }

    /// <summary>Whether a weights file may lack tensors or hold others; they are told as warnings.</summary>
    public bool AllowPartialWeights { get; init; }

    /// <summary>max or average: how the last maps become features.</summary>
    public FeaturePooling Pooling { get; init; } = FeaturePooling.Max;

    /// <summary>Whether the features of an image are brought to mean 0 and variance 1 (LayerNorm without affine parameters).</summary>
    public bool LayerNorm { get; init; } = true;

    /// <summary>Whether batch norm keeps its statistics, weights and biases in training.</summary>
    public bool FrozenBatchNorm { get; init; }
}
