using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Exact changes of SoftTriple with several centres. With q the softmax over a class's centres at the fixed point, the mean move
/// <c>a = sum_k q_k dcos_k</c>, <c>v_k = dcos_k - a</c>, <c>u_k = expm1(v_k / gamma)</c>, <c>m = sum_k q_k u_k</c> and
/// <c>r_k = q_k (u_k - m) / (1 + m)</c>, the change of q, the similarity moves by <c>dS = a + sum_k r_k (cos_k - S + v_k)</c>: no two
/// similarities are subtracted, so float32 keeps its digits. Taking out the mean first changes nothing, since the r_k add up to 0, and
/// makes <c>m &gt;= 0</c> (Jensen), so 1 + m cannot cancel.
/// </summary>
internal sealed class SoftTripleAtCosines : ILossAtCosines
{
    /// <summary>Above this exp could overflow in float32, or meet a q that has none of its digits left; then the softmax is formed anew.</summary>
    private const double LargeMove = 60;

    private readonly SoftmaxAtCosines _softmax;
    private readonly double _gamma;
    private readonly Tensor _scaled;
    private readonly Tensor _shares;
    private readonly Tensor _offsets;

    /// <summary>Fixes the point.</summary>
    /// <param name="softmax">Changes of the loss from those of the similarities; owned by this object.</param>
    /// <param name="cosines">(N, C, K).</param>
    /// <param name="gamma">Temperature over centres.</param>
    public SoftTripleAtCosines(SoftmaxAtCosines softmax, Tensor cosines, double gamma)
    {
        using var scope = NewDisposeScope();
        (_softmax, _gamma) = (softmax, gamma);
        _scaled = (cosines / gamma).DetachFromDisposeScope();
        _shares = _scaled.softmax(2).DetachFromDisposeScope();
        _offsets = (cosines - (_shares * cosines).sum(2, keepdim: true)).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Change(Tensor cosineChange)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var change = cosineChange.view(_shares.shape);
        var mean = (_shares * change).sum(2, keepdim: true);
        var relative = change - mean;
        var growth = (relative / _gamma).expm1();
        var meanGrowth = (_shares * growth).sum(2, keepdim: true);
        var shareChange = _shares * (growth - meanGrowth) / (1 + meanGrowth);
        var large = relative.amax([2], keepdim: true) > LargeMove * _gamma;
        if (large.any().item<bool>()) shareChange = where(large, (_scaled + (relative / _gamma)).softmax(2) - _shares, shareChange);
        var similarityChange = mean.squeeze(2) + (shareChange * (_offsets + relative)).sum(2);
        return _softmax.Change(similarityChange).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _softmax.Dispose();
        _scaled.Dispose();
        _shares.Dispose();
        _offsets.Dispose();
    }
}
