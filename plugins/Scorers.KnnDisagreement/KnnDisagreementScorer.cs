using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>The share of its neighbours' votes that go to other classes than the given one (numerics, section 8).</summary>
[Plugin("knn-disagreement")]
public sealed class KnnDisagreementScorer : WholeSetScorer
{
    /// <inheritdoc/>
    protected override double[] Scores(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var labels = ContextRows.Labels(context);
        var votes = NeighbourVotes.Within(ContextRows.Embeddings(context), labels, (int)labels.Max() + 1, cancellationToken);
        return [.. labels.Select((label, i) => 1 - votes.Share(i, label))];
    }
}
