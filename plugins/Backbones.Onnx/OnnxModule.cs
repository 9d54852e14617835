using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Images (B, 3, H, W) to features (B, D) by a model in ONNX Runtime; no parameters, no gradient, no training mode.</summary>
internal sealed class OnnxModule(OnnxModel model) : nn.Module<Tensor, Tensor>("Onnx"), IOnnxExportable
{
    public override Tensor forward(Tensor input) => model.Run(input);

    /// <inheritdoc/>
    public OnnxGraph ToOnnx(int side)
    {
        var graph = OnnxGraph.Extending(model.File.Path, model.Form.Output.Name);
        model.AddPooling(graph);
        return graph;
    }
}
