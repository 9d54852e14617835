using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Detectors of different kinds joined: the mean log odds that a label is wrong by Gaussians of the classes on embeddings, the same on features of
/// the backbone, and the neighbours' votes. Nothing need be known of the noise.
/// </summary>
[Plugin("consensus")]
public sealed class ConsensusScorer : WholeSetScorer
{
    /// <inheritdoc/>
    protected override double[] Scores(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var scope = NewDisposeScope();
        var labels = ContextRows.Labels(context);
        return
        [
            .. LabelConsensus.Of(
                ContextRows.Embeddings(context), () => ContextRows.Features(context), context.TrainFeatures.numel(), labels, (int)labels.Max() + 1,
                cancellationToken).LogOdds,
        ];
    }
}
