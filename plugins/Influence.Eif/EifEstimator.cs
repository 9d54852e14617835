using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Empirical influence function (Liu et al., NeurIPS 2022): theta walks along the gradient of d, and
/// <c>Harm_i = mean over directions of (l_i(theta') - l_i(theta)) (d(theta') - d(theta))</c>. Positive: the sample's loss rises when the
/// confused pair is pushed apart, so training on it holds the pair together. Exact in both paths (numerics, section 6).
/// </summary>
[Plugin("eif")]
public sealed class EifEstimator(EifOptions options) : IInfluenceEstimator
{
    private InfluenceContext? _context;
    private ILossChanges? _changes;

    /// <inheritdoc/>
    public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
        _changes?.Dispose();
        _changes = options.Path switch
        {
            EifPath.General => new GeneralLossChanges(context),
            EifPath.Fast when context.Loss is not IProxyLoss => throw new DmlException(
                $"estimator.path: expected auto or general for {context.Loss.GetType().Name}, found fast; the fast path needs a loss of proxy cosines (IProxyLoss)."),
            _ => context.Loss is IProxyLoss loss ? new FastLossChanges(context, loss) : new GeneralLossChanges(context),
        };
    }

    /// <inheritdoc/>
    public HarmScores Score(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(confusions);
        ArgumentNullException.ThrowIfNull(progress);
        if (_context is not { } context || _changes is not { } changes) throw new InvalidOperationException("Prepare must be called before Score.");
        var targets = Walk(context, confusions, progress, cancellationToken);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var harm = zeros([targets.Count, context.TrainCount], dtype: context.Precision, device: context.TrainFeatures.device);
        foreach (var block in changes.Blocks())
        {
            using var blockScope = NewDisposeScope();
            using var losses = changes.At(block);
            foreach (var (row, target) in targets.Index())
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var targetScope = NewDisposeScope();
                var part = harm[row].narrow(0, block.Start, block.Count);
                foreach (var (walk, change) in target.Walks.Zip(losses.Changes(target)))
                {
                    part.add_(change.to(context.Precision), alpha: walk.DeltaDistance / target.Walks.Count);
                }
            }

            progress.Report(new("losses of training samples", block.Start + block.Count, context.TrainCount));
        }

        EnsureFinite(harm, targets);
        return new(harm.MoveToOuterDisposeScope(), [.. targets.Select(t => t.Explain(changes.Name))]);
    }

    /// <inheritdoc/>
    public void Dispose() => _changes?.Dispose();

    private List<WalkedTarget> Walk(InfluenceContext context, IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var settings = new WalkSettings(options.Steps, options.LearningRate, options.StopAt);
        var targets = new WalkedTarget[confusions.Count];
        var done = 0;
        var parallel = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        var distances = confusions.Select(c => ConfusionDistance.Of(c, context.TestFeatures, context.HeadWeight, context.HeadBias)).ToList();
        Parallel.For(0, targets.Length, parallel, i =>
        {
            var gram = distances[i].Gram();
            int[] signs = options.Directions == 1 ? [1] : [1, -1];
            targets[i] = new(confusions[i], distances[i], [.. signs.Select(sign => DistanceWalk.Run(distances[i], gram, sign, settings))]);
            progress.Report(new("walk along the gradient of d", Interlocked.Increment(ref done), targets.Length));
        });
        return [.. targets];
    }

    private static void EnsureFinite(Tensor harm, IReadOnlyList<WalkedTarget> targets)
    {
        var bad = harm.isfinite().all(1).logical_not().cpu().data<bool>().ToArray();
        if (Array.IndexOf(bad, true) is var row and >= 0)
        {
            throw new DmlException($"Expected finite influence of every training sample on \"{targets[row].Confusion.Name}\", found NaN or infinity; lower estimator.learningRate or check the features for extreme values.");
        }
    }
}
