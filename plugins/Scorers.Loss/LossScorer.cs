using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>The loss of each sample under the trained model: what training could not fit, or fitted last.</summary>
[Plugin("loss")]
public sealed class LossScorer : ITrainingScorer
{
    private InfluenceContext? _context;

    /// <inheritdoc/>
    public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken) => _context = context;

    /// <inheritdoc/>
    public Tensor Score(SampleRange samples)
    {
        var context = _context ?? throw new InvalidOperationException("Prepare must be called before Score.");
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var labels = context.TrainLabels.narrow(0, samples.Start, samples.Count);
        return context.Loss.PerSample(LossGradients.Embed(context, context.TrainFeaturesAt(samples)), labels).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
