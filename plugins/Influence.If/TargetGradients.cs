using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Gradients of the distances of some confusions in W, <c>v_t = G_t^T F_t</c> with the few test items of each.</summary>
/// <param name="Distances">T distances.</param>
/// <param name="Gradients">For each target dd/de of its items, (r, E), the run's precision.</param>
/// <param name="Features">For each target the features of its items, (r, D).</param>
internal sealed record TargetGradients(IReadOnlyList<ConfusionDistance> Distances, IReadOnlyList<Tensor> Gradients, IReadOnlyList<Tensor> Features) : IDisposable
{
    /// <summary>Gathers them.</summary>
    public static TargetGradients Of(IReadOnlyList<Confusion> confusions, InfluenceContext context)
    {
        var distances = ConfusionDistance.Of(confusions, context.TestFeatures, context.HeadWeight, context.HeadBias);
        return new(
            distances,
            [.. distances.Select(d => Make(d.Gradient(), d.Items.Count, d.EmbeddingSize))],
            [.. distances.Select(d => Make(d.Features, d.Items.Count, d.FeatureSize))]);

        Tensor Make(double[] values, long rows, long columns)
        {
            using var scope = NewDisposeScope();
            return tensor(values, [rows, columns]).to(context.Precision).to(context.HeadWeight.device).DetachFromDisposeScope();
        }
    }

    /// <summary>v of some targets, (count, E, D).</summary>
    public Tensor Dense(int first, int count)
    {
        using var scope = NewDisposeScope();
        return stack(Enumerable.Range(first, count).Select(t => Gradients[t].t().mm(Features[t]))).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var tensor in Gradients.Concat(Features)) tensor.Dispose();
    }
}
