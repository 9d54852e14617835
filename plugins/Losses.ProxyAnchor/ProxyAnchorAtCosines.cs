using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Exact changes of a weighted sum of softplus terms: <c>softplus(x + dx) - softplus(x) = log1p(sigmoid(x) expm1(dx))</c> for x &lt; 0 and
/// <c>dx + log1p(sigmoid(-x) expm1(-dx))</c> for x &gt;= 0. In either the sigmoid is at most 1/2, so nothing cancels and float32 keeps
/// the digits of a small change.
/// </summary>
internal sealed class ProxyAnchorAtCosines : ILossAtCosines
{
    /// <summary>Above this exp could overflow in float32; so large a change of the exponent may be subtracted.</summary>
    private const double LargeMove = 60;

    private readonly Tensor _slopes;
    private readonly Tensor _exponents;
    private readonly Tensor _weights;
    private readonly Tensor _high;
    private readonly Tensor _tails;

    /// <summary>Fixes the point.</summary>
    public ProxyAnchorAtCosines(Tensor cosines, Tensor labels, ProxyAnchorOptions options)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var terms = ProxyAnchorTerms.Of(cosines, labels, options);
        _slopes = terms.Slopes.DetachFromDisposeScope();
        _exponents = terms.Exponents.DetachFromDisposeScope();
        _weights = terms.Weights.DetachFromDisposeScope();
        _high = (_exponents >= 0).to(cosines.dtype).DetachFromDisposeScope();
        _tails = _exponents.abs().neg().sigmoid().DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Change(Tensor cosineChange)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var move = _slopes * cosineChange;
        var change = (_high * move) + (_tails * ((1 - (2 * _high)) * move).expm1()).log1p();
        var large = move.abs() > LargeMove;
        if (large.any().item<bool>()) change = where(large, Softplus(_exponents + move) - Softplus(_exponents), change);
        return (_weights * change).sum(1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _slopes.Dispose();
        _exponents.Dispose();
        _weights.Dispose();
        _high.Dispose();
        _tails.Dispose();
    }

    private static Tensor Softplus(Tensor x) => -nn.functional.logsigmoid(-x);
}
