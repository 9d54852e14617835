using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// Whether the loss of a sample says anything of the model. Estimators explain <see cref="IMetricLoss.PerSample"/>, or where the loss is no mean of
/// samples their shares, the derivatives of <see cref="IMetricLoss.BatchLoss"/> in the weights.
/// </summary>
public static class LossDependence
{
    /// <summary>
    /// Whether the value or share of any of the samples moves when its embedding does. Each is held against its value at another sample's embedding
    /// and at the opposite one, so a loss that is flat at the trained model alone, such as a hinge that is met, still counts as moving.
    /// </summary>
    /// <param name="loss">The loss.</param>
    /// <param name="embeddings">(n, E), without a graph.</param>
    /// <param name="labels">(n), training class indices; of one batch where the loss is no mean of samples.</param>
    /// <returns>False when all n values stay the same but for rounding, as those of a loss that no weight moves.</returns>
    public static bool OnEmbeddings(IMetricLoss loss, Tensor embeddings, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(embeddings);
        if (!loss.IsMeanOfSamples) return OfShares(loss, embeddings, labels);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var values = loss.PerSample(embeddings, labels);
        return Moves(values, loss.PerSample(embeddings.roll(1, 0), labels)) || Moves(values, loss.PerSample(-embeddings, labels));
    }

    /// <summary>Cosines of pairs do not see that all embeddings turn round, so every other one does.</summary>
    private static bool OfShares(IMetricLoss loss, Tensor embeddings, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var values = Shares(embeddings);
        var signs = 1 - (2 * arange(embeddings.shape[0], device: embeddings.device).remainder(2).to(embeddings.dtype).unsqueeze(1));
        return Moves(values, Shares(embeddings.roll(1, 0))) || Moves(values, Shares(embeddings * signs));

        Tensor Shares(Tensor at)
        {
            using var gradient = enable_grad();
            var weights = ones([at.shape[0]], dtype: at.dtype, device: at.device).requires_grad_();
            var value = loss.BatchLoss(at.detach(), labels, weights);
            return value.requires_grad ? Gradients.Of(value, weights) : zeros_like(weights).detach();
        }
    }

    /// <summary>A value that is not finite is another problem, and counts as moving.</summary>
    private static bool Moves(Tensor before, Tensor after)
    {
        var rounding = 16 * (before.dtype == float64 ? Math.Pow(2, -52) : Math.Pow(2, -23));
        return (after - before).abs().le((before.abs() + after.abs()) * rounding).logical_not().any().item<bool>();
    }
}
