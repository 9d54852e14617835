using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// The metagradient (Ilyas, Engstrom, arXiv 2504.16430) of a head's training: the exact derivative of what comes out of it in the weight of each training
/// sample, by going back through every step. As many states of the training are held as a given memory has room for, and the others made anew
/// on the way back, so that memory is bounded however long the training is. Everything is float64.
/// </summary>
public sealed class HeadReplay : IDisposable
{
    /// <summary>Bytes of states that are held where nobody says how many.</summary>
    public const long UsualMemory = 1L << 29;

    private readonly InfluenceContext _context;
    private readonly HeadTraining _training;
    private readonly Tensor? _weights;
    private readonly BatchGradients _gradients;
    private readonly HeadSteps _steps;
    private readonly IReadOnlyList<long[]> _batches;
    private readonly HeadTrajectory _trajectory;

    /// <summary>Trains with all samples, from the model as it is or from the beginning, and holds <see cref="UsualMemory"/> of states.</summary>
    /// <inheritdoc cref="HeadReplay(InfluenceContext, HeadTraining, Tensor, long, CancellationToken)"/>
    public HeadReplay(InfluenceContext context, HeadTraining training, CancellationToken cancellationToken = default)
        : this(context, training, null, UsualMemory, cancellationToken)
    {
    }

    /// <summary>Trains, from the model as it is or from the beginning.</summary>
    /// <param name="context">The model; it must stay alive, and nothing in it is changed.</param>
    /// <param name="training">The training, of which the first order of batches is replayed; a mean over several is that of several replays.</param>
    /// <param name="weights">(N) weights of the samples in it, at least 0, float64; null for 1 throughout. It must stay alive.</param>
    /// <param name="memory">Bytes of states that are held; at least two states are. Results do not depend on it.</param>
    /// <param name="cancellationToken">Stops it between two steps.</param>
    /// <exception cref="DmlException">The loss cannot be trained so, or the training does not stay finite.</exception>
    public HeadReplay(InfluenceContext context, HeadTraining training, Tensor? weights, long memory, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(training);
        RequireMovable(context.Loss, training);
        (_context, _training, _weights) = (context, training, weights);
        _gradients = new(context, training.MovesProxies);
        _steps = new(_gradients, training);
        _batches = [.. BatchOrder.Of(context, training.Batch, training.Seed).Take(training.Steps)];
        try
        {
            var start = HeadState.Fresh(_gradients.Start(training.FreshSeed)).Kept();
            var held = (int)Math.Clamp(memory / start.Bytes, HeadTrajectory.LeastHeld, Math.Max(training.Steps, HeadTrajectory.LeastHeld));
            _trajectory = new(start, training.Steps, held, (state, step) => _steps.Advance(state, step, _batches[step], weights), cancellationToken);
        }
        catch
        {
            _gradients.Dispose();
            throw;
        }

        if (_trajectory.End.Parameters.All(p => p.isfinite().all().item<bool>())) return;
        Dispose();
        throw new DmlException(
            null, "a head that stays finite", "NaN or infinity", $"take a smaller {Mention.Option("learningRate")} than {training.LearningRate}");
    }

    /// <summary>W at the end, (E, D), float64, owned by this object.</summary>
    public Tensor Weight => _trajectory.End.Parameters[0];

    /// <summary>
    /// Weights of a training on some of the samples. A mean divides by all samples, so a weight of N / kept makes it the mean of those kept. In a loss that is
    /// no mean it would weight pairs anew, and they count 1.
    /// </summary>
    /// <param name="loss">The loss that is trained with.</param>
    /// <param name="kept">(N) whether a sample is kept; at least one is.</param>
    /// <returns>(N), float64; 0 for samples that are not kept.</returns>
    public static Tensor Weights(IMetricLoss loss, IReadOnlyList<bool> kept)
    {
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(kept);
        var whole = loss.IsMeanOfSamples ? kept.Count / (double)kept.Count(k => k) : 1;
        return tensor(kept.Select(k => k ? whole : 0).ToArray());
    }

    /// <summary>Trains with weights of samples and gives W alone.</summary>
    /// <param name="context">The model.</param>
    /// <param name="training">The training, in its first order of batches.</param>
    /// <param name="weights">(N), at least 0, float64.</param>
    /// <param name="cancellationToken">Stops it between two steps.</param>
    /// <returns>W, (E, D), float64; the caller disposes of it.</returns>
    public static Tensor Train(InfluenceContext context, HeadTraining training, Tensor weights, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(training);
        RequireMovable(context.Loss, training);
        using var gradients = new BatchGradients(context, training.MovesProxies);
        var steps = new HeadSteps(gradients, training);
        var state = HeadState.Fresh(gradients.Start(training.FreshSeed)).Kept();
        foreach (var (step, batch) in BatchOrder.Of(context, training.Batch, training.Seed).Take(training.Steps).Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var before = state;
            state = steps.Advance(before, step, batch, weights);
        }

        using (state) return state.Parameters[0].clone();
    }

    /// <summary>Derivatives of outcomes in the weights of all samples, at those that the training was made with.</summary>
    /// <param name="slopes">(T, E, D), derivatives of T outcomes in W at the end.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it between two steps.</param>
    /// <returns>(T, N), float64, and by how much the derivative in W grew on its way back, the largest of the targets' ratios.</returns>
    public (Tensor Derivatives, double Growth) Derivatives(Tensor slopes, IProgress<ProgressReport> progress, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(slopes);
        ArgumentNullException.ThrowIfNull(progress);
        using var scope = NewDisposeScope();
        var targets = slopes.shape[0];
        var found = zeros([targets, _context.TrainCount], dtype: float64);
        IReadOnlyList<Tensor> ends = [slopes.to(float64), .. _trajectory.End.Parameters.Skip(1).Select(p => zeros([targets, .. p.shape], dtype: float64))];
        var adjoint = HeadState.Fresh([.. ends.Select(e => e.clone())]).Kept();
        try
        {
            _trajectory.Backwards(
                (step, before) =>
                {
                    using var later = adjoint;
                    adjoint = _steps.Retreat(before, step, _batches[step], _weights, later, found);
                    progress.Report(new("back through the training", _training.Steps - step, _training.Steps));
                },
                cancellationToken);
            var growth = (Norms(adjoint.Parameters[0]) / Norms(slopes.to(float64)).clamp_min(double.Epsilon)).max().item<double>();
            return (found.MoveToOuterDisposeScope(), growth);
        }
        finally
        {
            adjoint.Dispose();
        }
    }

    /// <summary>Frees what was kept.</summary>
    public void Dispose()
    {
        _trajectory.Dispose();
        _gradients.Dispose();
    }

    private static Tensor Norms(Tensor rows) => rows.flatten(1).norm(1);

    private static void RequireMovable(IMetricLoss loss, HeadTraining training)
    {
        if (!training.MovesProxies) return;
        if (loss is not IProxyLoss || !loss.IsMeanOfSamples)
        {
            throw new DmlException(
                "movesProxies", $"false for {loss.GetType().Name}", "true",
                $"only a loss of proxy cosines that is a mean of samples is replayed with its proxies");
        }

        using var regularizer = loss.Regularizer();
        if (regularizer is null) return;
        throw new DmlException(
            "movesProxies", $"false for a loss with a regulariser, as {loss.GetType().Name} has", "true", $"the regulariser's part is not replayed");
    }
}
