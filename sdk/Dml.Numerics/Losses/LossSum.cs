using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>Sums of a part of a loss, <c>L = sum_k S_k / Z_k</c> with S and Z summed over all parts.</summary>
/// <param name="Sum">S_k of the part, a scalar that depends on embeddings and weights.</param>
/// <param name="Count">Z_k of the part, a scalar that depends on the weights alone; null for a divisor that no weight changes.</param>
internal readonly record struct LossSum(Tensor Sum, Tensor? Count);
