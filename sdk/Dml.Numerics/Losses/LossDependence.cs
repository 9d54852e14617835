using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// Whether the loss of a sample says anything of the model. Estimators explain <see cref="IMetricLoss.PerSample"/>; a loss of pairs or
/// triplets has nothing to say of a sample alone, and its value for a batch of one is the same whatever the model does.
/// </summary>
public static class LossDependence
{
    /// <summary>
    /// Whether the value of any of the samples moves when its embedding does. Each is held against its value at another sample's embedding
    /// and at the opposite one, so a loss that is flat at the trained model alone, such as a hinge that is met, still counts as moving.
    /// </summary>
    /// <param name="loss">The loss.</param>
    /// <param name="embeddings">(n, E), without a graph.</param>
    /// <param name="labels">(n), training class indices.</param>
    /// <returns>False when all n values stay the same but for rounding.</returns>
    public static bool OnEmbeddings(IMetricLoss loss, Tensor embeddings, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(embeddings);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var values = loss.PerSample(embeddings, labels);
        return Moves(values, loss.PerSample(embeddings.roll(1, 0), labels)) || Moves(values, loss.PerSample(-embeddings, labels));
    }

    /// <summary>A value that is not finite is another problem, and counts as moving.</summary>
    private static bool Moves(Tensor before, Tensor after)
    {
        var rounding = 16 * (before.dtype == float64 ? Math.Pow(2, -52) : Math.Pow(2, -23));
        return (after - before).abs().le((before.abs() + after.abs()) * rounding).logical_not().any().item<bool>();
    }
}
