using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Derivatives of SoftTriple with several centres. The similarity <c>S = sum_k q_k cos_k</c> has the gradient
/// <c>w_k = q_k (1 + (cos_k - S) / gamma)</c>, and along a direction x, with <c>a = sum_k q_k x_k</c> and <c>dS = sum_k w_k x_k</c>,
/// <c>dw_k = (q_k / gamma) ((x_k - a) (1 + (cos_k - S) / gamma) + x_k - dS)</c>.
/// </summary>
internal sealed class SoftTripleCurvature : ICosineCurvature
{
    private readonly SoftmaxCurvature _softmax;
    private readonly double _gamma;
    private readonly Tensor _shares;
    private readonly Tensor _factors;
    private readonly Tensor _weights;

    /// <summary>Fixes the point.</summary>
    /// <param name="softmax">Derivatives in the similarities; owned by this object.</param>
    /// <param name="cosines">(n, C, K).</param>
    /// <param name="gamma">Temperature over centres.</param>
    public SoftTripleCurvature(SoftmaxCurvature softmax, Tensor cosines, double gamma)
    {
        using var scope = NewDisposeScope();
        (_softmax, _gamma) = (softmax, gamma);
        _shares = (cosines / gamma).softmax(2).DetachFromDisposeScope();
        _factors = (1 + ((cosines - (_shares * cosines).sum(2, keepdim: true)) / gamma)).DetachFromDisposeScope();
        _weights = (_shares * _factors).DetachFromDisposeScope();
        Gradient = (softmax.Gradient.unsqueeze(2) * _weights).flatten(1).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Gradient { get; }

    /// <inheritdoc/>
    public Tensor Multiply(SampleRange samples, Tensor directions)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (shares, factors, weights) = (Of(_shares, samples), Of(_factors, samples), Of(_weights, samples));
        var change = directions.view(directions.shape[0], directions.shape[1], shares.shape[2], shares.shape[3]);
        var similarityChange = (weights * change).sum(3);
        var weightChange = (((change - (shares * change).sum(3, keepdim: true)) * factors) + change - similarityChange.unsqueeze(3)) * shares / _gamma;
        var outer = _softmax.Multiply(samples, similarityChange).unsqueeze(3) * weights;
        var gradient = _softmax.Gradient.narrow(0, samples.Start, samples.Count).unsqueeze(1).unsqueeze(3);
        return outer.addcmul_(gradient, weightChange, value: 1).view(directions.shape).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor MultiplyConvex(SampleRange samples, Tensor directions)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var weights = Of(_weights, samples);
        var similarityChange = (weights * directions.view(directions.shape[0], directions.shape[1], weights.shape[2], weights.shape[3])).sum(3);
        return (_softmax.Multiply(samples, similarityChange).unsqueeze(3) * weights).view(directions.shape).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _softmax.Dispose();
        _shares.Dispose();
        _factors.Dispose();
        _weights.Dispose();
        Gradient.Dispose();
    }

    /// <summary>(m, 1, C, K) of some samples.</summary>
    private static Tensor Of(Tensor values, SampleRange samples) => values.narrow(0, samples.Start, samples.Count).unsqueeze(1);
}
