using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// A loss that sees an embedding only through its cosines with class proxies; a subclass gives one method, <see cref="LossesAt"/>. The
/// base holds the proxies, forms the cosines, weights the samples of a batch and gives estimators changes that keep their digits. A softmax
/// over cosines derives from <see cref="SoftmaxProxyLoss"/>, which gives them closed forms too.
/// </summary>
public abstract class ProxyLoss : IProxyLoss
{
    /// <summary>Draws the proxies from torch's global generator, each entry from N(0, deviation^2).</summary>
    /// <param name="shape">Number of classes, embedding size, dtype and device.</param>
    /// <param name="proxiesPerClass">K, the number of proxies of a class, at least 1.</param>
    /// <param name="deviation">
    /// Standard deviation of an entry, above 0; null for <c>sqrt(2 / (C K))</c>. A cosine does not see the length of a proxy, but the
    /// gradient in the proxies is the smaller the longer they are: the deviation belongs to the learning rate of the proxies.
    /// </param>
    protected ProxyLoss(LossShape shape, int proxiesPerClass = 1, double? deviation = null)
        : this(Draw(shape, proxiesPerClass, deviation), proxiesPerClass)
    {
    }

    /// <summary>Starts with given proxies.</summary>
    /// <param name="proxies">(C K, E), float32 or float64, rows ordered class * K + k; owned by the loss from now on.</param>
    /// <param name="proxiesPerClass">K, the number of proxies of a class, at least 1.</param>
    protected ProxyLoss(Tensor proxies, int proxiesPerClass = 1)
    {
        ArgumentNullException.ThrowIfNull(proxies);
        ArgumentOutOfRangeException.ThrowIfLessThan(proxiesPerClass, 1);

        // The parameter takes the tensor's handle.
        (Proxies, ProxiesPerClass) = (nn.Parameter(proxies), proxiesPerClass);
        ClassCount = Proxies.shape[0] / proxiesPerClass;
    }

    /// <inheritdoc/>
    public Parameter Proxies { get; }

    /// <inheritdoc/>
    public int ProxiesPerClass { get; }

    /// <summary>The proxies, under the name <c>proxies</c>; a loss with further parameters adds them.</summary>
    /// <inheritdoc/>
    public virtual IReadOnlyList<NamedParameter> Parameters => [new("proxies", Proxies)];

    /// <inheritdoc/>
    public virtual bool IsMeanOfSamples => true;

    /// <summary>C, the number of classes.</summary>
    protected long ClassCount { get; }

    /// <inheritdoc/>
    public Tensor PerSample(Tensor embeddings, Tensor labels)
    {
        using var scope = NewDisposeScope();
        return FromCosines(UnitRows.Cosines(embeddings, Proxies), labels).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <exception cref="DmlException"><see cref="LossesAt"/> returned another shape than (N).</exception>
    public Tensor FromCosines(Tensor cosines, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        using var scope = NewDisposeScope();
        var values = LossesAt(cosines, labels);
        if (values.Dimensions != 1 || values.shape[0] != labels.shape[0])
        {
            throw new DmlException(
                $"{GetType().Name}.{nameof(LossesAt)}: expected one value a sample, shape ({labels.shape[0]}), "
                + $"found ({string.Join(", ", values.shape)}); return values that are not reduced.");
        }

        return values.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor BatchLoss(Tensor embeddings, Tensor labels, Tensor? weights = null)
    {
        using var scope = NewDisposeScope();
        return BatchLossAt(UnitRows.Cosines(embeddings, Proxies), labels, weights).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public virtual Tensor? Regularizer() => null;

    /// <summary>The change as a difference of two losses that are formed in float64: right for every loss, and exact in float32.</summary>
    /// <inheritdoc/>
    public virtual ILossAtCosines At(Tensor cosines, Tensor labels) => new LossDifference(this, cosines, labels);

    /// <inheritdoc/>
    public virtual ICosineCurvature? CurvatureAt(Tensor cosines, Tensor labels) => null;

    /// <summary>Disposes of all <see cref="Parameters"/>.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>The loss of each sample, never reduced. The caller opens a dispose scope and keeps the result alone.</summary>
    /// <param name="cosines">(N, C K) cosines between embeddings and proxies, float32 or float64; their dtype rules.</param>
    /// <param name="labels">(N), int64, training class indices.</param>
    /// <returns>(N), dtype of the cosines, differentiable in them.</returns>
    protected abstract Tensor LossesAt(Tensor cosines, Tensor labels);

    /// <summary>
    /// The loss of a batch; by default the mean of its samples' losses times their weights. A loss that relates the samples of a batch
    /// to each other overrides it and lets <see cref="IsMeanOfSamples"/> be false. The caller opens a dispose scope.
    /// </summary>
    /// <param name="cosines">(B, C K); their dtype rules.</param>
    /// <param name="labels">(B), int64, training class indices.</param>
    /// <param name="weights">(B), at least 0, dtype of the cosines, or null for 1 throughout; see <see cref="IMetricLoss.BatchLoss"/>.</param>
    /// <returns>A scalar, dtype of the cosines, differentiable in them.</returns>
    protected virtual Tensor BatchLossAt(Tensor cosines, Tensor labels, Tensor? weights)
    {
        var values = FromCosines(cosines, labels);
        return (weights is null ? values : values * weights).mean();
    }

    /// <summary>Disposes of all <see cref="Parameters"/>; a loss that holds more than these overrides it.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> was called.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing) return;
        foreach (var parameter in Parameters) parameter.Value.Dispose();
    }

    private static Tensor Draw(LossShape shape, int proxiesPerClass, double? deviation)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentOutOfRangeException.ThrowIfLessThan(proxiesPerClass, 1);
        using var scope = NewDisposeScope();
        var count = (long)shape.ClassCount * proxiesPerClass;
        var drawn = randn([count, shape.EmbeddingSize], dtype: shape.Dtype, device: shape.Device);
        return (drawn * (deviation ?? Math.Sqrt(2.0 / count))).MoveToOuterDisposeScope();
    }
}
