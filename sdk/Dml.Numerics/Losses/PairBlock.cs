using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>Some samples as anchors, with all samples of a batch as their partners.</summary>
/// <param name="Cosines">(n, N), cosines between anchors and partners; their dtype rules.</param>
/// <param name="Positives">(n, N), bool: the partner is another sample of the anchor's class and not left out.</param>
/// <param name="Negatives">(n, N), bool: the partner is of another class and not left out.</param>
/// <param name="Weights">(N), the partners' weights, dtype of the cosines. The anchors' own are the base class's business.</param>
public sealed record PairBlock(Tensor Cosines, Tensor Positives, Tensor Negatives, Tensor Weights)
{
    /// <summary>Below this a squared distance counts as this much, so that its root has a slope.</summary>
    private const double LeastSquare = 1e-12;

    /// <summary>Squared distances of unit vectors, <c>2 - 2 cos</c>, (n, N).</summary>
    public Tensor SquaredDistances() => (2 - (2 * Cosines)).clamp_min(LeastSquare);

    /// <summary>Distances of unit vectors, (n, N).</summary>
    public Tensor Distances() => SquaredDistances().sqrt();

    /// <summary>Weights of chosen partners, 0 for the others.</summary>
    /// <param name="chosen">(n, N), bool.</param>
    /// <returns>(n, N).</returns>
    public Tensor WeightsOf(Tensor chosen)
    {
        ArgumentNullException.ThrowIfNull(chosen);
        return chosen.to(Cosines.dtype) * Weights;
    }

    /// <summary><c>log(sum_j w_j exp(x_j))</c> over chosen partners of each anchor, with <paramref name="one"/> <c>log(1 + ...)</c>.</summary>
    /// <param name="exponents">x, (n, N).</param>
    /// <param name="chosen">(n, N), bool.</param>
    /// <param name="one">Whether 1 stands among the terms.</param>
    /// <returns>(n), finite, also where no partner is chosen.</returns>
    public Tensor LogSum(Tensor exponents, Tensor chosen, bool one = false)
    {
        ArgumentNullException.ThrowIfNull(exponents);
        ArgumentNullException.ThrowIfNull(chosen);
        var counted = exponents.masked_fill(chosen.logical_not(), double.NegativeInfinity);
        var largest = counted.detach().amax([1], keepdim: true);
        largest = one ? largest.clamp_min(0) : largest.clamp_min(exponents.dtype == float64 ? -1e300 : -1e37);
        var sum = ((counted - largest).exp() * Weights).sum(1);
        if (one) sum = sum + (-largest).exp().squeeze(1);
        return sum.clamp_min(exponents.dtype == float64 ? 1e-300 : 1e-37).log() + largest.squeeze(1).clamp_min(-1e30);
    }
}
