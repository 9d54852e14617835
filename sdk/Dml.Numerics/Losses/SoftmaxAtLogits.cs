using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// Changes of a softmax loss whose logits are any function of the cosines: the logits' change is a difference in float64, the loss's
/// change follows from it exactly.
/// </summary>
internal sealed class SoftmaxAtLogits : ILossAtCosines
{
    private readonly Func<Tensor, Tensor, Tensor> _logits;
    private readonly Tensor _labels;
    private readonly Tensor _cosines;
    private readonly Tensor _start;
    private readonly SoftmaxLossChange _softmax;

    /// <summary>Fixes the point.</summary>
    /// <param name="logits">(N, C) logits from cosines and labels.</param>
    /// <param name="cosines">(N, P).</param>
    /// <param name="labels">(N), int64; the caller keeps them alive.</param>
    public SoftmaxAtLogits(Func<Tensor, Tensor, Tensor> logits, Tensor cosines, Tensor labels)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        (_logits, _labels) = (logits, labels);
        _cosines = cosines.to(float64, copy: true).DetachFromDisposeScope();
        _start = logits(_cosines, labels).DetachFromDisposeScope();
        _softmax = new(_start, labels);
    }

    public Tensor Change(Tensor cosineChange)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var moved = _logits(_cosines + cosineChange, _labels);
        return _softmax.Change(moved - _start).to(cosineChange.dtype).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _softmax.Dispose();
        _cosines.Dispose();
        _start.Dispose();
    }
}
