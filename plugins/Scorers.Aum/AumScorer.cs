using Dml.Numerics;

namespace Dml.Plugins;

/// <summary>
/// The area under the margin (Pleiss et al., NeurIPS 2020) with its sign turned, on the moments of the training that were kept and the trained model:
/// cosines to proxies take the place of logits.
/// </summary>
[Plugin("aum")]
public sealed class AumScorer : WholeSetScorer
{
    /// <inheritdoc/>
    /// <exception cref="DmlException">No moment of the training was kept, or the loss has no class proxies.</exception>
    protected override double[] Scores(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Loss is not IProxyLoss)
        {
            throw new DmlException("scorer", "a loss with class proxies for aum, whose margins are between them", "one without", "choose another scorer");
        }

        if (context.Checkpoints.Count == 0)
        {
            Wording remedy =
                $"train with {Mention.Option("training.keepEvery", "1")}, or name features files of earlier moments by {Mention.Option("checkpoints")}";
            throw new DmlException("scorer", "moments of the training for aum, which follows it", "the trained model alone", remedy);
        }

        return [.. LabelMargins.Areas([.. context.Checkpoints, context], cancellationToken).Select(area => -area)];
    }
}
