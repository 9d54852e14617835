using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Similarity: the mean cosine between a training sample's embedding and those of the confused items. It says which samples lie near
/// an error, not whether they help or harm: a relevance without a sign, the baseline that costs nothing.
/// </summary>
[Plugin("similarity")]
public sealed class SimilarityEstimator : IInfluenceEstimator
{
    private const string UnitsName = "units";

    private InfluenceContext? _context;

    /// <inheritdoc/>
    public bool IsSigned => false;

    /// <inheritdoc/>
    public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken) => _context = context;

    /// <inheritdoc/>
    public SolvedTargets Solve(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(confusions);
        cancellationToken.ThrowIfCancellationRequested();
        var context = _context ?? throw new InvalidOperationException("Prepare must be called before Solve.");
        using var scope = NewDisposeScope();
        var distances = ConfusionDistance.Of(confusions, context.TestFeatures, context.HeadWeight, context.HeadBias);

        // Divided by r, so that the sum over a confusion's rows is the mean.
        var units = cat([.. distances.Select(d => UnitRows.Of(tensor(d.Embeddings, [d.Items.Count, d.EmbeddingSize])) / d.Items.Count)]);
        return new(
            [.. confusions.Zip(distances, (confusion, d) => new TargetExplanation(confusion, d.Evaluate(d.Embeddings), [], "cosine"))],
            TargetItems.Of(distances).State((UnitsName, units)));
    }

    /// <inheritdoc/>
    public ISampleBlock At(SampleRange samples) => new Block(_context ?? throw new InvalidOperationException("Prepare must be called before At."), samples);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Block : ISampleBlock
    {
        private readonly Tensor _units;

        public Block(InfluenceContext context, SampleRange samples)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            _units = UnitRows.Of(LossGradients.Embed(context, context.TrainFeaturesAt(samples))).DetachFromDisposeScope();
        }

        public Tensor Score(SolvedTargets targets)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            return TargetItems.Of(targets).Sum(targets.State[UnitsName].to(_units.dtype).to(_units.device).mm(_units.t())).MoveToOuterDisposeScope();
        }

        public void Dispose() => _units.Dispose();
    }
}
