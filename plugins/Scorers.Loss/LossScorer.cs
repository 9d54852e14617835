using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// The loss of each sample under the trained model, or its share of a loss that is no mean of samples: what training could not fit, or fitted last.
/// </summary>
[Plugin("loss")]
public sealed class LossScorer : ITrainingScorer
{
    private InfluenceContext? _context;
    private Tensor? _shares;

    /// <inheritdoc/>
    public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
        Dispose();
        if (context.Loss.IsMeanOfSamples) return;
        using var scope = NewDisposeScope();
        _shares = new LossShares(context).Of(context.HeadWeight, cancellationToken).to(context.Precision).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Score(SampleRange samples)
    {
        var context = _context ?? throw new InvalidOperationException("Prepare must be called before Score.");
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        if (_shares is not null) return _shares.narrow(0, samples.Start, samples.Count).clone().MoveToOuterDisposeScope();
        var labels = context.TrainLabels.narrow(0, samples.Start, samples.Count);
        return context.Loss.PerSample(LossGradients.Embed(context, context.TrainFeaturesAt(samples)), labels).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _shares?.Dispose();
        _shares = null;
    }
}
