using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Features;

/// <summary>An array that is made piece by piece, as it is written.</summary>
/// <param name="Form">Its dtype and shape.</param>
/// <param name="Blocks">Its values in row-major order; each piece is freed once it is written.</param>
internal sealed record FeatureBlocks(TensorForm Form, IEnumerable<Tensor> Blocks)
{
    /// <summary>An array in memory, which stays.</summary>
    public static FeatureBlocks Of(Tensor tensor) => new(new(tensor.dtype, tensor.shape), Alias(tensor));

    private static IEnumerable<Tensor> Alias(Tensor tensor)
    {
        yield return tensor.alias();
    }
}
