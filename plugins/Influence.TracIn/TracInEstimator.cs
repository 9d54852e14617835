using System.Globalization;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// TracIn (Pruthi, Liu, Kale, Sundararajan, NeurIPS 2020) in the last layer: <c>Harm_i = sum_t eta_t &lt;grad_W d, grad_W l_i&gt;</c> over
/// the checkpoints of the context, the model itself last. A step on sample i moves W by <c>-eta grad l_i</c>, so d falls by that much:
/// positive = harmful. Both gradients are sums of outer products with features, <c>sum_j q_j f_j^T</c> and <c>a_i f_i^T</c>, so their
/// product is <c>sum_j (q_j . a_i)(f_j . f_i)</c>. Prefer it where the training itself matters more than its end, or as the cheapest
/// signed score; it knows nothing of curvature.
/// </summary>
[Plugin("tracin")]
public sealed class TracInEstimator(TracInOptions options) : IInfluenceEstimator
{
    private const string GradientsName = "gradients";

    private IReadOnlyList<InfluenceContext> _moments = [];
    private IReadOnlyList<double> _rates = [];
    private IReadOnlyList<LossShares> _shares = [];
    private IReadOnlyList<(Tensor Weight, Tensor Bias)> _heads = [];

    /// <inheritdoc/>
    public bool ExplainsBatchLosses => true;

    /// <inheritdoc/>
    public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        Dispose();
        _rates = Rates(context.Checkpoints.Count + 1);
        _moments = [.. context.Checkpoints, context];

        // d is formed in float64; a head that is converted for each confusion would take longer than the confusion.
        _heads = [.. _moments.Select(moment => (Kept(moment.HeadWeight), Kept(moment.HeadBias)))];
        _shares = context.Loss.IsMeanOfSamples ? [] : [.. _moments.Select(moment => new LossShares(moment, options.Shares))];
    }

    /// <inheritdoc/>
    public SolvedTargets Solve(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(confusions);
        ArgumentNullException.ThrowIfNull(progress);
        if (_moments.Count == 0) throw new InvalidOperationException("Prepare must be called before Solve.");
        if (_shares.Count > 0) return SolveShares(confusions, progress, cancellationToken);
        using var scope = NewDisposeScope();
        var gradients = new List<Tensor>();
        IReadOnlyList<ConfusionDistance> distances = [];
        foreach (var (moment, head) in _moments.Zip(_heads))
        {
            cancellationToken.ThrowIfCancellationRequested();
            distances = ConfusionDistance.Of(confusions, moment.TestFeatures, head.Weight, head.Bias);
            gradients.Add(cat([.. distances.Select(d => tensor(d.Gradient(), [d.Items.Count, d.EmbeddingSize]))]));
            progress.Report(new("gradients of d", gradients.Count, _moments.Count));
        }

        return new(Explain(confusions, distances, ""), TargetItems.Of(distances).State((GradientsName, stack(gradients))));
    }

    /// <inheritdoc/>
    public ISampleBlock At(SampleRange samples)
    {
        if (_moments.Count == 0) throw new InvalidOperationException("Prepare must be called before At.");
        if (_shares.Count > 0) return WholeHarm.At(samples, _moments[^1]);
        return new Block(_moments, samples, _rates);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (weight, bias) in _heads)
        {
            weight.Dispose();
            bias.Dispose();
        }

        _heads = [];
    }

    private IReadOnlyList<double> Rates(int moments)
    {
        if (options.Rates is not { } rates) return [.. Enumerable.Repeat(options.LearningRate, moments)];
        if (rates.Count == moments && rates.All(r => r > 0 && double.IsFinite(r))) return rates;
        throw new DmlException(
            "estimator.rates", FormattableString.Invariant($"{moments} numbers above 0, one for each checkpoint, oldest first, and the trained model's last"),
            $"[{string.Join(", ", rates.Select(r => r.ToString(CultureInfo.InvariantCulture)))}]",
            "give as many, give as many checkpoints, or leave it out to weigh all alike");
    }

    private static Tensor Kept(Tensor parameter)
    {
        using var scope = NewDisposeScope();
        return parameter.detach().to(float64, copy: true).DetachFromDisposeScope();
    }

    private TargetExplanation[] Explain(IReadOnlyList<Confusion> confusions, IReadOnlyList<ConfusionDistance> distances, string shares) =>
    [
        .. confusions.Zip(distances, (confusion, d) => new TargetExplanation(
            confusion, d.Evaluate(d.Embeddings), [], (_moments.Count == 1 ? "the model alone" : $"{_moments.Count} checkpoints") + shares)),
    ];

    /// <summary>The product of dd/dW with the gradients of shares, each of which depends on many samples.</summary>
    private SolvedTargets SolveShares(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var harm = zeros([confusions.Count, _moments[^1].TrainCount], dtype: float64, device: _moments[^1].HeadWeight.device);
        IReadOnlyList<ConfusionDistance> distances = [];
        foreach (var (done, (moment, shares)) in _moments.Zip(_shares).Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var momentScope = NewDisposeScope();
            using var gradients = ConfusionGradients.Of(confusions, moment);
            distances = gradients.Distances;
            harm.add_(shares.Along(gradients.Dense(0, confusions.Count), cancellationToken), alpha: _rates[done]);
            progress.Report(new("products with shares", done + 1, _moments.Count));
        }

        return WholeHarm.Solved(Explain(confusions, distances, $", {_shares[^1].Path}"), harm, _moments[^1]);
    }

    private sealed class Block : ISampleBlock
    {
        private readonly IReadOnlyList<InfluenceContext> _moments;
        private readonly IReadOnlyList<double> _rates;
        private readonly List<(Tensor Features, Tensor Gradients)> _samples = [];

        public Block(IReadOnlyList<InfluenceContext> moments, SampleRange samples, IReadOnlyList<double> rates)
        {
            (_moments, _rates) = (moments, rates);
            using var scope = NewDisposeScope();
            foreach (var moment in moments)
            {
                var features = moment.TrainFeaturesAt(samples).to(moment.Precision);
                var gradients = LossGradients.InEmbeddings(
                    moment.Loss, LossGradients.Embed(moment, features), moment.TrainLabels.narrow(0, samples.Start, samples.Count));
                _samples.Add((features.DetachFromDisposeScope(), gradients.DetachFromDisposeScope()));
            }
        }

        public Tensor Score(SolvedTargets targets)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var items = TargetItems.Of(targets);
            var harm = zeros([items.Count, _samples[0].Features.shape[0]], dtype: _moments[^1].Precision, device: _samples[0].Features.device);
            foreach (var (index, (features, gradients)) in _samples.Index())
            {
                var moment = _moments[index];
                var cross = items.Features(moment.TestFeatures).to(moment.Precision).mm(features.t());
                var dots = targets.State[GradientsName][index].to(moment.Precision).to(features.device).mm(gradients.t());
                harm.add_(items.Sum(cross.mul_(dots)), alpha: _rates[index]);
            }

            return harm.MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
            foreach (var (features, gradients) in _samples)
            {
                features.Dispose();
                gradients.Dispose();
            }
        }
    }
}
