using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>How far a training sample's embedding points away from the mean of its class: 1 less their cosine.</summary>
[Plugin("far")]
public sealed class FarScorer : WholeSetScorer
{
    /// <inheritdoc/>
    protected override double[] Scores(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var labels = tensor(ContextRows.Labels(context));
        var units = UnitRows.Of(ContextRows.Embeddings(context));
        var sums = zeros(labels.max().item<long>() + 1, units.shape[1], float64).index_add_(0, labels, units, 1);
        var own = UnitRows.Of(sums).index_select(0, labels);
        return [.. (1 - (units * own).sum(1)).data<double>()];
    }
}
