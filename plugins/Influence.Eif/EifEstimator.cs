using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Empirical influence function (Liu et al., NeurIPS 2022): theta walks along the gradient of d, and
/// <c>Harm_i = mean over directions of (l_i(theta') - l_i(theta)) (d(theta') - d(theta))</c>. Positive: the sample's loss rises when the
/// confused pair is pushed apart, so training on it holds the pair together. Exact in both paths (numerics, section 6). Of a loss that is no
/// mean of samples the shares of samples take the place of their losses (section 11).
/// </summary>
[Plugin("eif")]
public sealed class EifEstimator(EifOptions options) : IInfluenceEstimator
{
    private InfluenceContext? _context;
    private ILossChanges? _changes;
    private ShareChanges? _shares;
    private (Tensor Weight, Tensor Bias)? _head;

    /// <inheritdoc/>
    public bool ExplainsBatchLosses => true;

    /// <inheritdoc/>
    public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
        Dispose();

        // d is formed in float64; a head that is converted for each confusion would take longer than the confusion.
        _head = (Kept(context.HeadWeight), Kept(context.HeadBias));
        if (!context.Loss.IsMeanOfSamples)
        {
            if (options.Path == EifPath.Fast) throw Fast(context.Loss, "a loss that is a mean of samples");
            _shares = new(context, options.Shares);
            return;
        }

        _changes = options.Path switch
        {
            EifPath.General => new GeneralLossChanges(context),
            EifPath.Fast when context.Loss is not IProxyLoss => throw Fast(context.Loss, "a loss of proxy cosines (IProxyLoss)"),
            _ => context.Loss is IProxyLoss loss ? new FastLossChanges(context, loss) : new GeneralLossChanges(context),
        };
    }

    /// <inheritdoc/>
    public SolvedTargets Solve(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(confusions);
        ArgumentNullException.ThrowIfNull(progress);
        var context = _context ?? throw new InvalidOperationException("Prepare must be called before Solve.");
        var settings = new WalkSettings(options.Steps, options.LearningRate, options.StopAt);
        int[] signs = options.Directions == 1 ? [1] : [1, -1];
        var distances = ConfusionDistance.Of(confusions, context.TestFeatures, _head!.Value.Weight, _head.Value.Bias);
        var walks = new DistanceWalk[confusions.Count][];
        var done = 0;
        // No more threads than cores: a server that explains has others to answer.
        var loop = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, walks.Length, loop, t =>
        {
            var gram = distances[t].Gram();
            walks[t] = [.. signs.Select(sign => DistanceWalk.Run(distances[t], gram, sign, settings))];
            progress.Report(new("walk along the gradient of d", Interlocked.Increment(ref done), walks.Length));
        });
        return _shares is null ? WalkedTargets.Pack(confusions, distances, walks, _changes!.Name)
            : _shares.Solve(confusions, distances, walks, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public ISampleBlock At(SampleRange samples) => _shares is not null ? WholeHarm.At(samples, _context!)
        : _changes?.At(samples) ?? throw new InvalidOperationException("Prepare must be called before At.");

    /// <inheritdoc/>
    public void Dispose()
    {
        _changes?.Dispose();
        _head?.Weight.Dispose();
        _head?.Bias.Dispose();
        (_changes, _shares, _head) = (null, null, null);
    }

    private static Tensor Kept(Tensor parameter)
    {
        using var scope = NewDisposeScope();
        return parameter.detach().to(float64, copy: true).DetachFromDisposeScope();
    }

    private static DmlException Fast(IMetricLoss loss, string needed) => new(
        $"estimator.path: expected auto or general for {loss.GetType().Name}, found fast; the fast path needs {needed}.");
}
