using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// The change of any loss of cosines as a difference of two losses, both formed in float64: a change of float32 cosines then keeps all its
/// digits down to about 1e-9 of the loss.
/// </summary>
internal sealed class LossDifference : ILossAtCosines
{
    private readonly IProxyLoss _loss;
    private readonly Tensor _labels;
    private readonly Tensor _cosines;
    private readonly Tensor _start;

    public LossDifference(IProxyLoss loss, Tensor cosines, Tensor labels)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        (_loss, _labels) = (loss, labels);
        _cosines = cosines.to(float64, copy: true).DetachFromDisposeScope();
        _start = loss.FromCosines(_cosines, labels).DetachFromDisposeScope();
    }

    public Tensor Change(Tensor cosineChange)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return (_loss.FromCosines(_cosines + cosineChange, _labels) - _start).to(cosineChange.dtype).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _cosines.Dispose();
        _start.Dispose();
    }
}
