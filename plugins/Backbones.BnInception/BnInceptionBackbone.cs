using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// BN-Inception (Ioffe, Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift", ICML 2015)
/// with the layers and names of its port from Caffe in pretrained-models.pytorch, without the classifier: D = 1024. Images of any H and W
/// of 32 pixels or more keep their aspect.
/// </summary>
/// <param name="options">Weights to start from, input, pooling, normalisation.</param>
[Plugin("bn-inception")]
public sealed class BnInceptionBackbone(BnInceptionOptions options) : IBackbone
{
    private const string Origin =
        "bn_inception-52deb4733.pth of pretrained-models.pytorch (http://data.lip6.fr/cadene/pretrainedmodels/bn_inception-52deb4733.pth)";

    /// <summary>Given red first, as <see cref="InputNormalization"/> wants it; a std of 1/255 is an input in 0..255.</summary>
    private static readonly InputNormalization Caffe = new([128f / 255, 117f / 255, 104f / 255], [1f / 255, 1f / 255, 1f / 255]) { Order = ChannelOrder.Bgr };

    /// <inheritdoc/>
    public int FeatureSize => BnInceptionModule.Features;

    /// <inheritdoc/>
    public InputNormalization Normalization => options.Input == BnInceptionInput.Bgr255 ? Caffe : InputNormalization.ImageNet;

    /// <inheritdoc/>
    public PretrainedWeights? Pretrained => options.Pretrained is { } file
        ? new(file, Origin, options.AllowPartialWeights) { Prefix = options.PretrainedPrefix } : null;

    /// <inheritdoc/>
    public nn.Module<Tensor, Tensor> CreateModule() => new BnInceptionModule(options);

    /// <inheritdoc/>
    /// <remarks>Files that were saved through other code call the classifier <c>fc</c>.</remarks>
    public string? MapWeightName(string name) => name is "last_linear.weight" or "last_linear.bias" or "fc.weight" or "fc.bias" ? null : name;
}
