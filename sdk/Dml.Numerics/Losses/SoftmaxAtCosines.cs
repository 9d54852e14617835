using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>Exact changes of a softmax loss whose logits are the cosines times a constant: what such a loss returns from <see cref="IProxyLoss.At"/>.</summary>
public sealed class SoftmaxAtCosines : ILossAtCosines
{
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
        (Scale, _softmax) = (scale, new(cosines * scale, labels));
    }

    private SoftmaxAtCosines(double scale, SoftmaxLossChange softmax) => (Scale, _softmax) = (scale, softmax);

    /// <summary>Logit of a cosine of 1.</summary>
    public double Scale { get; }

    /// <summary>(N, P), the softmax at the fixed point; owned by this object.</summary>
    public Tensor Probabilities => _softmax.Probabilities;

    /// <summary>(N, P), the logarithms of <see cref="Probabilities"/>; owned by this object.</summary>
    public Tensor LogProbabilities => _softmax.LogProbabilities;

    /// <summary>Fixes the point of a loss whose logits are the cosines times a constant plus other constants, such as margins.</summary>
    /// <param name="scale">By how much a logit moves when its cosine moves by 1.</param>
    /// <param name="logits">(N, P), floating point.</param>
    /// <param name="labels">(N), int64.</param>
    public static SoftmaxAtCosines FromLogits(double scale, Tensor logits, Tensor labels) => new(scale, new SoftmaxLossChange(logits, labels));

    /// <inheritdoc/>
    public Tensor Change(Tensor cosineChange)
    {
        ArgumentNullException.ThrowIfNull(cosineChange);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return _softmax.Change(cosineChange * Scale).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _softmax.Dispose();
}
