using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// The log odds that a label is wrong by a Gaussian for each class with one covariance (after Lee et al., ICML 2019): each sample judged by the
/// others alone, each counted as far as its own label is trusted.
/// </summary>
[Plugin("class-gaussians")]
public sealed class ClassGaussiansScorer(ClassGaussiansOptions options) : WholeSetScorer
{
    /// <inheritdoc/>
    protected override double[] Scores(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var rows = options.Of == GaussianRows.Features ? ContextRows.Features(context) : ContextRows.Embeddings(context);
        var labels = ContextRows.Labels(context);
        return [.. LabelGaussians.OfUnit(rows, labels, (int)labels.Max() + 1, options.Rounds, cancellationToken).LogOdds];
    }
}
