using static TorchSharp.torch;

namespace Dml.Engine.Models;

/// <summary>In the place of a backbone where features are given: hands them on as they are, and has no weights.</summary>
/// <param name="featureSize">D.</param>
internal sealed class GivenFeatures(int featureSize) : IBackbone
{
    /// <inheritdoc/>
    public int FeatureSize => featureSize;

    /// <inheritdoc/>
    public InputNormalization Normalization { get; } = new([0, 0, 0], [1, 1, 1]);

    /// <inheritdoc/>
    public nn.Module<Tensor, Tensor> CreateModule() => nn.Identity();
}
