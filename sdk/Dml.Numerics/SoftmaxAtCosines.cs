using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>Exact changes of a softmax loss whose logits are the cosines times a constant: what such a loss returns from <see cref="IProxyLoss.At"/>.</summary>
public sealed class SoftmaxAtCosines : ILossAtCosines
{
    private readonly double _scale;
    private readonly SoftmaxLossChange _softmax;

    /// <summary>Fixes the point.</summary>
    /// <param name="scale">Logit of a cosine of 1.</param>
    /// <param name="cosines">(N, P), floating point.</param>
    /// <param name="labels">(N), int64.</param>
    public SoftmaxAtCosines(double scale, Tensor cosines, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(cosines);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        (_scale, _softmax) = (scale, new(cosines * scale, labels));
    }

    /// <inheritdoc/>
    public Tensor Change(Tensor cosineChange)
    {
        ArgumentNullException.ThrowIfNull(cosineChange);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return _softmax.Change(cosineChange * _scale).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _softmax.Dispose();
}
