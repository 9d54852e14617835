using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>What the parts of a transformer share.</summary>
internal static class VitLayers
{
    /// <summary>
    /// <c>x W^T + b</c> in the weights' own precision: where layers compute in bfloat16, norms and the sum over the blocks stay in float32.
    /// </summary>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias) => nn.functional.linear(input.to(weight.dtype), weight, bias);
}
