using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Any model exported to ONNX as a frozen feature extractor, run by ONNX Runtime. Its input, layout and output are found in the model or given.
/// </summary>
[Plugin("onnx")]
public sealed class OnnxBackbone : IBackbone, IDisposable
{
    private readonly Lazy<OnnxModel> _model;

    /// <summary>Notes what is given; the model is opened when it is asked for.</summary>
    /// <param name="options">The file, and what of it cannot be found in it.</param>
    /// <param name="context">Where the file's path starts.</param>
    public OnnxBackbone(OnnxOptions options, BackboneContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        _model = new(() => OnnxModel.Open(context.Resolve(options.Model), options), LazyThreadSafetyMode.ExecutionAndPublication);
    }

    /// <inheritdoc/>
    public int FeatureSize => _model.Value.FeatureSize;

    /// <inheritdoc/>
    public InputNormalization Normalization => _model.Value.Normalization.Value;

    /// <inheritdoc/>
    public FrozenModel? Frozen => new([_model.Value.File.Path, .. _model.Value.File.ExternalFiles], _model.Value.Description)
    {
        ImageSize = _model.Value.Form.ImageSize,
    };

    /// <inheritdoc/>
    public nn.Module<Tensor, Tensor> CreateModule() => new OnnxModule(_model.Value);

    /// <summary>Closes the model; its modules are of no use afterwards.</summary>
    public void Dispose()
    {
        if (_model.IsValueCreated) _model.Value.Dispose();
    }
}
