using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// A plain convolutional network for small images, trained from scratch: blocks of 3 x 3 convolution, batch norm, ReLU and 2 x 2 max
/// pool, then global max pool and LayerNorm without affine parameters.
/// </summary>
[Plugin("convnet")]
public sealed class ConvNetBackbone : IBackbone
{
    private readonly ConvNetOptions _options;

    /// <summary>Checks the options.</summary>
    /// <param name="options">Channels and input normalisation.</param>
    /// <exception cref="DmlException">An option cannot work.</exception>
    public ConvNetBackbone(ConvNetOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Channels.Count == 0 || options.Channels.Any(c => c < 1))
        {
            throw new DmlException($"Expected backbone.channels to be one or more positive numbers, found [{string.Join(", ", options.Channels)}]; "
                + "give the channels of each block, for example [32, 64, 128, 256].");
        }

        if (options.InputMean.Count != 3 || options.InputStd.Count != 3 || options.InputStd.Any(s => !(s > 0)))
        {
            throw new DmlException(
                "Expected backbone.inputMean to be three numbers and backbone.inputStd three positive ones, "
                    + $"found [{string.Join(", ", options.InputMean)}] and [{string.Join(", ", options.InputStd)}]; give one for red, green and blue each.");
        }

        _options = options;
        Normalization = new InputNormalization([.. options.InputMean.Select(m => (float)m)], [.. options.InputStd.Select(s => (float)s)]);
    }

    /// <inheritdoc/>
    public int FeatureSize => _options.Channels[^1];

    /// <inheritdoc/>
    public InputNormalization Normalization { get; }

    /// <inheritdoc/>
    public nn.Module<Tensor, Tensor> CreateModule() => new ConvNetModule(_options.Channels);
}
