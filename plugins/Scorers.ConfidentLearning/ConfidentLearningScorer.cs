using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Confident learning (Northcutt, Jiang, Chuang, Journal of Artificial Intelligence Research 70, 2021) on the neighbours' votes.</summary>
[Plugin("confident-learning")]
public sealed class ConfidentLearningScorer : WholeSetScorer
{
    /// <inheritdoc/>
    protected override double[] Scores(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var labels = ContextRows.Labels(context);
        var votes = NeighbourVotes.Within(ContextRows.Embeddings(context), labels, (int)labels.Max() + 1, cancellationToken);
        return [.. ConfidentLearning.Of(votes.Shares, labels).Scores];
    }
}
