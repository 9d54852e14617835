using Dml.Storage;

namespace Dml.Plugins;

/// <summary>A residual block that can be written as ONNX.</summary>
internal interface IResNetBlock
{
    /// <summary>Adds what it computes of the graph's result in evaluation mode.</summary>
    /// <param name="graph">Goes on from the block's input.</param>
    void AddTo(OnnxGraph graph);
}
