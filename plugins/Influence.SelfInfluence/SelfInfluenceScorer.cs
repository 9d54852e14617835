using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Self-influence (Pruthi et al., NeurIPS 2020, last layer): <c>sum_t ||dl_i/dW||^2 = sum_t ||a_i||^2 ||f_i||^2</c> with
/// <c>a_i = dl_i/de_i</c>, over the checkpoints t and the trained model. High for a sample that training must learn by itself, as one
/// with a wrong label. Of a loss that is no mean of samples it is the squared gradient of the sample's share.
/// </summary>
[Plugin("self-influence")]
public sealed class SelfInfluenceScorer : ITrainingScorer
{
    private IReadOnlyList<InfluenceContext>? _moments;
    private Tensor? _whole;

    /// <inheritdoc/>
    public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        cancellationToken.ThrowIfCancellationRequested();
        _moments = [.. context.Checkpoints, context];
        Dispose();
        if (context.Loss.IsMeanOfSamples) return;
        using var scope = NewDisposeScope();
        _whole = _moments.Select(moment => new LossShares(moment).SquaredGradients(cancellationToken)).Aggregate((a, b) => a + b)
            .to(context.Precision).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Score(SampleRange samples)
    {
        var moments = _moments ?? throw new InvalidOperationException("Prepare must be called before Score.");
        using var scope = NewDisposeScope();
        if (_whole is not null) return _whole.narrow(0, samples.Start, samples.Count).clone().MoveToOuterDisposeScope();
        var last = moments[^1];
        var scores = zeros([samples.Count], dtype: last.Precision, device: last.HeadWeight.device);
        foreach (var moment in moments)
        {
            using var momentScope = NewDisposeScope();
            var features = moment.TrainFeaturesAt(samples).to(moment.Precision);
            var labels = moment.TrainLabels.narrow(0, samples.Start, samples.Count);
            var gradients = LossGradients.InEmbeddings(moment.Loss, LossGradients.Embed(moment, features), labels);
            scores.add_(gradients.square().sum(1) * features.square().sum(1));
        }

        return scores.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _whole?.Dispose();
        _whole = null;
    }
}
