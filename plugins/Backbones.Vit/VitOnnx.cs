using System.Globalization;
using Dml.Storage;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>The beginning and the end of a transformer as ONNX.</summary>
internal static class VitOnnx
{
    /// <summary>A graph of images of one size, whose result is the tokens (B, N, width) before the first norm or block.</summary>
    /// <param name="side">H = W.</param>
    /// <param name="form">The network's form.</param>
    /// <param name="patches">The convolution over patches.</param>
    /// <param name="tokens">Class token and registers (F, width), and the positions of the patches.</param>
    public static OnnxGraph Tokens(int side, VitForm form, Conv2d patches, (Tensor First, Tensor Positions) tokens)
    {
        var graph = new OnnxGraph();
        var size = side.ToString(CultureInfo.InvariantCulture);
        graph.AddInput("images", "batch", "3", size, size);
        graph.Convolution(patches.weight!, form.Patch, bias: patches.bias);
        graph.Reshape(0, form.Width, -1);
        var seen = graph.Add("Add", [graph.Transpose(0, 2, 1), graph.Constant(tokens.Positions)]);

        // The first tokens are the same for every image of a batch, whatever its size.
        var batch = graph.Add("Gather", [graph.Add("Shape", [seen]), graph.Integers(0)], OnnxAttribute.Of("axis", 0));
        var shape = graph.Add("Concat", [batch, graph.Integers(tokens.First.shape)], OnnxAttribute.Of("axis", 0));
        var first = graph.Add("Expand", [graph.Constant(tokens.First), shape]);
        graph.Add("Concat", [first, seen], OnnxAttribute.Of("axis", 1));
        return graph;
    }

    /// <summary>Adds what makes features of the tokens after the last norm.</summary>
    /// <param name="graph">Goes on from the tokens.</param>
    /// <param name="form">The network's form.</param>
    /// <param name="projection">(width, D), or null for none.</param>
    public static void AddPooling(OnnxGraph graph, VitForm form, Tensor? projection)
    {
        if (form.Pooling == VitPooling.Class)
        {
            graph.First();
        }
        else
        {
            graph.Add("Slice", [graph.Result, graph.Integers(1 + form.Registers), graph.Integers(int.MaxValue), graph.Integers(1)]);
            graph.Mean(1);
        }

        if (projection is not null) graph.Add("MatMul", [graph.Result, graph.Constant(projection)]);
    }
}
