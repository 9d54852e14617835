using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// Gradients of the sample losses of an explained model. Theta = W alone and <c>e = f W^T + b</c>, so <c>dl_i/dW = g_i f_i^T</c> with
/// <c>g_i = dl_i/de_i</c>: the E numbers of a sample are all that is needed of it beside its features.
/// </summary>
public static class LossGradients
{
    /// <summary>e = f W^T + b.</summary>
    /// <param name="context">The model.</param>
    /// <param name="features">(n, D).</param>
    /// <returns>(n, E), dtype of the context's precision, without a graph.</returns>
    public static Tensor Embed(InfluenceContext context, Tensor features)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(features);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return addmm(context.HeadBias, features.to(context.Precision), context.HeadWeight.t(), 1, 1).MoveToOuterDisposeScope();
    }

    /// <summary>g_i = dl_i/de_i, by automatic differentiation; each loss depends on its own embedding alone.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="embeddings">(n, E), without a graph.</param>
    /// <param name="labels">(n).</param>
    /// <returns>(n, E).</returns>
    /// <exception cref="DmlException">The loss is no mean of samples.</exception>
    public static Tensor InEmbeddings(IMetricLoss loss, Tensor embeddings, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(embeddings);
        if (!loss.IsMeanOfSamples)
        {
            throw new DmlException(
                null, "a loss that is a mean of samples, whose gradients are each of one sample", loss.GetType().Name,
                "use samples' shares of it (LossShares)");
        }

        using var gradient = enable_grad();
        using var scope = NewDisposeScope();
        var followed = embeddings.detach().requires_grad_();
        return Gradients.Of(loss.PerSample(followed, labels).sum(), followed).MoveToOuterDisposeScope();
    }
}
