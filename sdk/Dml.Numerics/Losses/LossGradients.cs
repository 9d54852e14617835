using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// Gradients of the sample losses of an explained model. Theta = W alone and <c>e = f W^T + b</c>, so <c>dl_i/dW = g_i f_i^T</c> with
/// <c>g_i = dl_i/de_i</c>: the E numbers of a sample are all that is needed of it beside its features.
/// </summary>
public static class LossGradients
{
    /// <summary>Numbers of a matrix of rows x proxies: 8 MiB in float32, which an allocator keeps for the next.</summary>
    private const long NumbersAtOnce = 1 << 21;

    private const int LeastRows = 64;

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
        var atOnce = RowsAtOnce(loss);
        return embeddings.shape[0] <= atOnce ? Block(embeddings, labels).MoveToOuterDisposeScope()
            : cat([.. SampleRange.Grid(embeddings.shape[0], atOnce).Select(
                rows => Block(embeddings.narrow(0, rows.Start, rows.Count), labels.narrow(0, rows.Start, rows.Count)))]).MoveToOuterDisposeScope();

        Tensor Block(Tensor some, Tensor their)
        {
            using var block = NewDisposeScope();
            var followed = some.detach().requires_grad_();
            return Gradients.Of(loss.PerSample(followed, their).sum(), followed).MoveToOuterDisposeScope();
        }
    }

    /// <summary>
    /// Of a loss with many proxies not all rows at once: memory that the allocator must ask the system for anew costs as much as the numbers in it.
    /// </summary>
    private static int RowsAtOnce(IMetricLoss loss)
    {
        if (loss is not IProxyLoss { Proxies: var proxies }) return int.MaxValue;
        return (int)Math.Max(LeastRows, NumbersAtOnce / proxies.shape[0] / LeastRows * LeastRows);
    }
}
