namespace Dml.Storage;

/// <summary>A backbone's module that can be written as an ONNX model, for programs that know nothing of this one.</summary>
public interface IOnnxExportable
{
    /// <summary>
    /// What the module computes in evaluation mode: a graph from normalised images to features (B, D), float32, whose
    /// <see cref="OnnxGraph.Result"/> is these features. The caller goes on from there.
    /// </summary>
    /// <param name="side">H = W of the images, in pixels; a graph that takes any size has no need of it.</param>
    /// <exception cref="DmlException">The module cannot be written so.</exception>
    OnnxGraph ToOnnx(int side);
}
