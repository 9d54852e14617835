using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// The metagradient (Ilyas, Engstrom, arXiv 2504.16430) of a head's training: the exact derivative of what comes out of it in the weight of each training
/// sample, by going back through every step. States are kept at every sqrt(steps)-th step and made anew between, so that memory grows with the root of the
/// number of steps. Everything is float64.
/// </summary>
public sealed class HeadReplay : IDisposable
{
    private readonly InfluenceContext _context;
    private readonly HeadTraining _training;
    private readonly BatchGradients _gradients;
    private readonly HeadSteps _steps;
    private readonly IReadOnlyList<long[]> _batches;
    private readonly List<HeadState> _kept = [];
    private readonly HeadState _end;

    /// <summary>Trains, from the model as it is or from the beginning.</summary>
    /// <param name="context">The model; it must stay alive, and nothing in it is changed.</param>
    /// <param name="training">The training, of which the first order of batches is replayed; a mean over several is that of several replays.</param>
    /// <param name="cancellationToken">Stops it between two steps.</param>
    /// <exception cref="DmlException">The loss cannot be trained so, or the training does not stay finite.</exception>
    public HeadReplay(InfluenceContext context, HeadTraining training, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(training);
        RequireMovable(context.Loss, training);
        (_context, _training) = (context, training);
        _gradients = new(context, training.MovesProxies);
        _steps = new(_gradients, training);
        _batches = [.. BatchOrder.Of(context, training.Batch, training.Seed).Take(training.Steps)];
        try
        {
            _end = Walk(HeadState.Fresh(_gradients.Start(training.FreshSeed)).Kept(), cancellationToken);
        }
        catch
        {
            _gradients.Dispose();
            throw;
        }

        if (_end.Parameters.All(p => p.isfinite().all().item<bool>())) return;
        Dispose();
        throw new DmlException(
            null, "a head that stays finite", "NaN or infinity", $"take a smaller {Mention.Option("learningRate")} than {training.LearningRate}");
    }

    /// <summary>W at the end, (E, D), float64, owned by this object.</summary>
    public Tensor Weight => _end.Parameters[0];

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

    /// <summary>Derivatives of outcomes in the weights of all samples, at weights of 1.</summary>
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
        IReadOnlyList<Tensor> ends = [slopes.to(float64), .. _end.Parameters.Skip(1).Select(p => zeros([targets, .. p.shape], dtype: float64))];
        var adjoint = HeadState.Fresh([.. ends.Select(e => e.clone())]).Kept();
        try
        {
            for (var segment = _kept.Count - 1; segment >= 0; segment--)
            {
                using var states = new Segment(this, segment, cancellationToken);
                for (var i = states.Count - 1; i >= 0; i--)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    var step = (segment * Stride) + i;
                    using var later = adjoint;
                    adjoint = _steps.Retreat(states[i], step, _batches[step], later, found);
                    progress.Report(new("back through the training", _training.Steps - step, _training.Steps));
                }
            }

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
        foreach (var state in _kept) state.Dispose();
        _end.Dispose();
        _gradients.Dispose();
    }

    /// <summary>Trains, and keeps every stride-th state; whatever stops it, nothing stays behind.</summary>
    private HeadState Walk(HeadState state, CancellationToken cancellationToken)
    {
        try
        {
            for (var step = 0; step < _training.Steps; step++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var next = _steps.Advance(state, step, _batches[step], null);
                if (step % Stride == 0) _kept.Add(state);
                else state.Dispose();
                state = next;
            }

            return state;
        }
        catch
        {
            foreach (var kept in _kept.Append(state)) kept.Dispose();
            throw;
        }
    }

    private int Stride => Math.Max(1, (int)Math.Ceiling(Math.Sqrt(_training.Steps)));

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

    /// <summary>The states before each step of a segment, made anew from the first of them, which is the replay's own.</summary>
    private sealed class Segment : IDisposable
    {
        private readonly List<HeadState> _states;

        public Segment(HeadReplay replay, int number, CancellationToken cancellationToken)
        {
            _states = [replay._kept[number]];
            var end = Math.Min((number + 1) * replay.Stride, replay._training.Steps);
            try
            {
                for (var step = number * replay.Stride; step < end - 1; step++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    _states.Add(replay._steps.Advance(_states[^1], step, replay._batches[step], null));
                }
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public int Count => _states.Count;

        public HeadState this[int step] => _states[step];

        public void Dispose()
        {
            foreach (var state in _states.Skip(1)) state.Dispose();
        }
    }
}
