using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml;

/// <summary>A trainable tensor of a plugin with the name under which it is saved.</summary>
/// <param name="Name">Unique within the plugin, for example <c>proxies</c>.</param>
/// <param name="Value">The parameter itself; the optimiser changes it in place.</param>
public readonly record struct NamedParameter(string Name, Parameter Value);

/// <summary>
/// A metric-learning loss as per-sample values plus an optional regulariser. The training loss of a batch is
/// <c>mean_i(w_i l_i) + reg</c> with sample weights <c>w</c>, so no loss has a reweighted twin. A loss whose batch value is no mean of
/// samples says so (<see cref="IsMeanOfSamples"/>) and brings its own <see cref="BatchLoss"/>; what estimators then explain of a sample is
/// its share, <c>s_i = N dL/dw_i</c> at weights of 1, which for a mean of samples is <c>l_i</c>.
/// </summary>
public interface IMetricLoss : IDisposable
{
    /// <summary>What the optimiser moves and the checkpoint keeps; empty for a loss without parameters.</summary>
    IReadOnlyList<NamedParameter> Parameters { get; }

    /// <summary>
    /// The loss of each sample, never reduced. Of a loss that is no mean of samples it is whatever can be said of a sample in this batch, such as its value
    /// as an anchor: for looking at, and no estimator computes with it.
    /// </summary>
    /// <param name="embeddings">(N, E), raw (not normalised), float32 or float64. Their dtype rules: parameters are cast to it.</param>
    /// <param name="labels">(N), int64, training class indices in [0, C).</param>
    /// <returns>(N), dtype of the embeddings, differentiable in embeddings and parameters.</returns>
    Tensor PerSample(Tensor embeddings, Tensor labels);

    /// <summary>
    /// Whether the loss of a batch is the mean of its samples' values. Where it is not, influence scores speak of samples' shares of the
    /// loss of whole batches, and every result says so.
    /// </summary>
    bool IsMeanOfSamples => true;

    /// <summary>The loss of a batch without the regulariser: what training minimises.</summary>
    /// <param name="embeddings">(B, E), raw; their dtype rules.</param>
    /// <param name="labels">(B), int64, training class indices in [0, C).</param>
    /// <param name="weights">
    /// (B) sample weights, at least 0, dtype of the embeddings, or null for 1 throughout. A mean over samples divides by B, not by the sum of
    /// the weights. In a loss that is no mean, a pair has the product of its samples' weights. Weight 0 leaves a sample out: the loss is
    /// that of the other samples but for the divisor B, and does not depend on where the sample lies.
    /// </param>
    /// <returns>
    /// A scalar, dtype of the embeddings, differentiable in embeddings and parameters, and in the weights where the loss is no mean of samples. For
    /// shares it is differentiated twice, in embeddings and weights.
    /// </returns>
    /// <exception cref="DmlException"><see cref="PerSample"/> returned another shape than (B).</exception>
    Tensor BatchLoss(Tensor embeddings, Tensor labels, Tensor? weights = null)
    {
        using var scope = NewDisposeScope();
        var values = PerSample(embeddings, labels);
        if (values.Dimensions != 1 || values.shape[0] != labels.shape[0])
        {
            throw new DmlException(
                $"Expected the loss to return one value a sample, shape ({labels.shape[0]}), found ({string.Join(", ", values.shape)}); "
                    + "make its PerSample return values that are not reduced.");
        }

        return (weights is null ? values : values * weights).mean().MoveToOuterDisposeScope();
    }

    /// <summary>A scalar that depends on the parameters alone and is added to the mean, or null.</summary>
    Tensor? Regularizer() => null;
}

/// <summary>
/// A loss that sees an embedding only through its cosines with class proxies. Estimators use this to follow losses exactly without
/// re-embedding a sample; a new proxy loss gets them free.
/// </summary>
public interface IProxyLoss : IMetricLoss
{
    /// <summary>(P, E) raw proxies, P = C * <see cref="ProxiesPerClass"/>, rows ordered class * K + k.</summary>
    Parameter Proxies { get; }

    /// <summary>K, the number of proxies (centres) of a class.</summary>
    int ProxiesPerClass => 1;

    /// <summary>The loss of each sample from its cosines.</summary>
    /// <param name="cosines">(N, P) cosines between embeddings and proxies; their dtype rules.</param>
    /// <param name="labels">(N), int64, training class indices.</param>
    /// <returns>(N), differentiable in the cosines.</returns>
    Tensor FromCosines(Tensor cosines, Tensor labels);

    /// <summary>
    /// Fixes the point from which changes of the loss are formed. The default subtracts two losses, which in float32 leaves about
    /// three digits of a small change; a softmax loss overrides it with the closed form (numerics: log1p of weighted expm1).
    /// </summary>
    /// <param name="cosines">(N, P) cosines at the fixed point. The caller keeps them alive as long as the result.</param>
    /// <param name="labels">(N), int64, training class indices.</param>
    ILossAtCosines At(Tensor cosines, Tensor labels) => new SubtractedLoss(this, cosines, labels);

    /// <summary>
    /// Derivatives in the cosines in closed form, or null (the default): then whoever needs them differentiates twice automatically,
    /// which is right for every loss and several times slower.
    /// </summary>
    /// <param name="cosines">(N, P) cosines at the fixed point. The caller keeps them alive as long as the result.</param>
    /// <param name="labels">(N), int64, training class indices.</param>
    ICosineCurvature? CurvatureAt(Tensor cosines, Tensor labels) => null;
}

/// <summary>Losses of a block of samples at fixed cosines, from which exact changes are formed for any number of moves.</summary>
public interface ILossAtCosines : IDisposable
{
    /// <summary>The change of each sample's loss.</summary>
    /// <param name="cosineChange">(N, P), change of the cosines.</param>
    /// <returns>(N), loss at (cosines + change) minus loss at cosines.</returns>
    Tensor Change(Tensor cosineChange);
}

/// <summary>The change as a difference of two losses: right for every loss, accurate only as far as the dtype's digits go.</summary>
internal sealed class SubtractedLoss : ILossAtCosines
{
    private readonly IProxyLoss _loss;
    private readonly Tensor _cosines;
    private readonly Tensor _labels;
    private readonly Tensor _base;

    public SubtractedLoss(IProxyLoss loss, Tensor cosines, Tensor labels)
    {
        (_loss, _cosines, _labels) = (loss, cosines, labels);
        _base = loss.FromCosines(cosines, labels).DetachFromDisposeScope();
    }

    public Tensor Change(Tensor cosineChange)
    {
        using var scope = NewDisposeScope();
        return (_loss.FromCosines(_cosines + cosineChange, _labels) - _base).MoveToOuterDisposeScope();
    }

    public void Dispose() => _base.Dispose();
}

/// <summary>What a loss needs to know of the model it is made for.</summary>
/// <param name="ClassCount">C, number of training classes.</param>
/// <param name="EmbeddingSize">E.</param>
/// <param name="Dtype">dtype of the parameters: float32 or float64.</param>
/// <param name="Device">Where the parameters live. Random initial values come from torch's global generator, which the host seeds.</param>
[PluginService]
public sealed record LossShape(int ClassCount, int EmbeddingSize, ScalarType Dtype, Device Device);
