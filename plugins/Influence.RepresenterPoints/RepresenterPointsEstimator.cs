using System.Globalization;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Representer points (Yeh, Kim, Yen, Ravikumar, NeurIPS 2018) of the head. It is fitted on with a pull of lambda back to the run's head until nothing moves
/// it any more; then it is the run's head and a part of every training sample, <c>W = W_0 + sum_i a_i f_i^T</c> with <c>a_i = -g_i / (lambda N)</c>, so the
/// embedding of any item is its old one and <c>sum_i a_i (f_i . f)</c>. <c>Harm_i = -N sum_j dd/de_j . a_i (f_i . f_j)</c> over the confused items:
/// positive where the sample's part draws them together. Prefer it where a head goes on to be trained until it rests, or to show which samples an embedding
/// is made of.
/// </summary>
/// <remarks>
/// The paper pulls towards 0. A loss of cosines does not depend on the length of W, so that a pull to 0 shrinks the head to nothing and no head is at rest;
/// with the pull to the run's head there is one for any loss.
/// </remarks>
[Plugin("representer-points")]
public sealed class RepresenterPointsEstimator(RepresenterPointsOptions options) : IInfluenceEstimator
{
    private const string GradientsName = "gradients";

    /// <summary>lambda where nobody has set one.</summary>
    private const double UsualLambda = 5;

    private const double GreatestLambda = 1e9;

    private InfluenceContext? _context;
    private InfluenceContext? _fitted;
    private PulledHead? _head;
    private Tensor? _weight;

    /// <inheritdoc/>
    public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(progress);
        Dispose();
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        _context = context;
        _head = Fit(context, progress, cancellationToken);
        _weight = _head.Weight.to(context.Precision, copy: true).DetachFromDisposeScope();
        _fitted = context with { HeadWeight = _weight };
    }

    /// <inheritdoc/>
    public SolvedTargets Solve(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(confusions);
        ArgumentNullException.ThrowIfNull(progress);
        var (context, head) = (_context, _head) is ({ } c, { } h) ? (c, h) : throw new InvalidOperationException("Prepare must be called before Solve.");
        cancellationToken.ThrowIfCancellationRequested();
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var before = ConfusionDistance.Of(confusions, context.TestFeatures, context.HeadWeight, context.HeadBias);
        var after = ConfusionDistance.Of(confusions, context.TestFeatures, head.Weight, context.HeadBias.to(float64));
        var raised = head.Lambda > (options.Lambda ?? UsualLambda) ? ", tenfold until the head came to rest" : "";
        var note = string.Create(
            CultureInfo.InvariantCulture, $"lambda {head.Lambda:G4}{raised}; the head at rest differs from the run's by {head.Moved:P1} of its length");
        SolverCertificate certificate = new("representer", head.Iterations, head.Residual, null, note);
        var gradients = cat([.. after.Select(d => tensor(d.Gradient(), [d.Items.Count, d.EmbeddingSize]))]);
        progress.Report(new("gradients of d", confusions.Count, confusions.Count));
        return new(
            [.. confusions.Zip(before, (confusion, d) => new TargetExplanation(confusion, d.Evaluate(d.Embeddings), [], "parts of the head")
                { Solver = certificate })],
            TargetItems.Of(after).State((GradientsName, gradients)));
    }

    /// <inheritdoc/>
    public ISampleBlock At(SampleRange samples) =>
        new Block(_fitted ?? throw new InvalidOperationException("Prepare must be called before At."), samples, 1 / _head!.Lambda);

    /// <inheritdoc/>
    public void Dispose()
    {
        _head?.Dispose();
        _weight?.Dispose();
        (_head, _weight, _fitted) = (null, null, null);
    }

    /// <summary>Where nobody has set lambda: the usual one, tenfold as often as it takes until the head comes to rest.</summary>
    private PulledHead Fit(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        for (var lambda = options.Lambda ?? UsualLambda; ; lambda *= 10)
        {
            var head = new PulledHead(context, lambda, options, progress, cancellationToken);
            if (head.IsAtRest) return head;
            head.Dispose();
            if (options.Lambda is null && lambda < GreatestLambda) continue;

            // Where the usual number of steps was not enough an embedding has mostly shrunk to nothing, about which cosines have no slope: more do not help.
            var cut = head.Iterations == options.Iterations && options.Iterations < new RepresenterPointsOptions().Iterations;
            var more = cut ? ", or estimator.iterations to more" : "";
            throw new DmlException(
                "estimator.lambda", "a pull back to the run's head at which the fit comes to rest",
                FormattableString.Invariant($"{lambda:G4}, where {head.Residual:G2} of the first gradient is left after {head.Iterations} steps"),
                $"set estimator.lambda to a larger value{more}");
        }
    }

    private sealed class Block : ISampleBlock
    {
        private readonly InfluenceContext _fitted;
        private readonly double _scale;
        private readonly Tensor _features;
        private readonly Tensor _gradients;

        public Block(InfluenceContext fitted, SampleRange samples, double scale)
        {
            (_fitted, _scale) = (fitted, scale);
            using var scope = NewDisposeScope();
            _features = fitted.TrainFeaturesAt(samples).to(fitted.Precision).DetachFromDisposeScope();
            _gradients = LossGradients.InEmbeddings(
                fitted.Loss, LossGradients.Embed(fitted, _features), fitted.TrainLabels.narrow(0, samples.Start, samples.Count)).DetachFromDisposeScope();
        }

        public Tensor Score(SolvedTargets targets)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var items = TargetItems.Of(targets);
            var cross = items.Features(_fitted.TestFeatures).to(_fitted.Precision).mm(_features.t());
            var parts = targets.State[GradientsName].to(_fitted.Precision).to(_features.device).mm(_gradients.t());
            return items.Sum(cross.mul_(parts)).mul_(_scale).MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
            _features.Dispose();
            _gradients.Dispose();
        }
    }
}
