using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>The gradients of the distances of some confusions in W, <c>v_t = dd_t/dW = sum_j g_j f_j^T</c> over the few test items of each.</summary>
/// <param name="Distances">T distances, in the order of the confusions.</param>
/// <param name="Factors">
/// Their gradients: dd/de of the items, (r, E), and the items' features, (r, D), in the context's precision and on the device of its head.
/// </param>
public sealed record ConfusionGradients(IReadOnlyList<ConfusionDistance> Distances, IReadOnlyList<LowRankMatrix> Factors) : IDisposable
{
    /// <summary>Gathers them; d and dd/de are formed in float64 whatever the context's precision.</summary>
    /// <param name="confusions">At least one; indices refer to the context's test items.</param>
    /// <param name="context">The model.</param>
    public static ConfusionGradients Of(IReadOnlyList<Confusion> confusions, InfluenceContext context)
    {
        ArgumentNullException.ThrowIfNull(confusions);
        ArgumentNullException.ThrowIfNull(context);
        var distances = ConfusionDistance.Of(confusions, context.TestFeatures, context.HeadWeight, context.HeadBias);
        return new(distances,
            [.. distances.Select(d => new LowRankMatrix(Make(d.Gradient(), d.Items.Count, d.EmbeddingSize), Make(d.Features, d.Items.Count, d.FeatureSize)))]);

        Tensor Make(double[] values, long rows, long columns)
        {
            using var scope = NewDisposeScope();
            return tensor(values, [rows, columns]).to(context.Precision).to(context.HeadWeight.device).DetachFromDisposeScope();
        }
    }

    /// <summary>v of some targets as whole matrices.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <returns>(count, E, D), a new tensor.</returns>
    public Tensor Dense(int first, int count) => LowRankMatrix.Dense(Factors.Skip(first).Take(count));

    /// <summary>Frees the factors.</summary>
    public void Dispose()
    {
        foreach (var factor in Factors)
        {
            factor.Left.Dispose();
            factor.Right.Dispose();
        }
    }
}
