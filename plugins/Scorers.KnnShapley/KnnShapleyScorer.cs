using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// What a sample's label takes from a nearest-neighbour classifier of the others: the Shapley value of Jia et al. (Proceedings of the VLDB Endowment
/// 12, 2019) with its sign turned. Above 0: its neighbours are better off without it.
/// </summary>
[Plugin("knn-shapley")]
public sealed class KnnShapleyScorer(KnnShapleyOptions options) : WholeSetScorer
{
    /// <inheritdoc/>
    protected override double[] Scores(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var labels = ContextRows.Labels(context);
        int? depth = options.Depth == 0 ? null : options.Depth;
        return [.. KnnShapley.Of(ContextRows.Embeddings(context), labels, options.Neighbours, depth, cancellationToken).Select(value => -value)];
    }
}
