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
    private readonly HeadSteps _steps;
    private readonly IReadOnlyList<long[]> _batches;
    private readonly List<HeadState> _kept = [];
    private readonly HeadState _end;

    /// <summary>Trains, from the model as it is.</summary>
    /// <param name="context">The model; it must stay alive, and nothing in it is changed.</param>
    /// <param name="training">The training.</param>
    /// <param name="cancellationToken">Stops it between two steps.</param>
    /// <exception cref="DmlException">The loss cannot be trained so, or the training does not stay finite.</exception>
    public HeadReplay(InfluenceContext context, HeadTraining training, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(training);
        RequireMovable(context.Loss, training);
        (_context, _training) = (context, training);
        var gradients = new BatchGradients(context, training.MovesProxies);
        _steps = new(gradients, training);
        _batches = [.. BatchOrder.Of(context, training.Batch, training.Seed).Take(training.Steps)];
        var state = HeadState.Fresh(gradients.Start()).Kept();
        for (var step = 0; step < training.Steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var next = _steps.Advance(state, step, _batches[step], null);
            if (step % Stride == 0) _kept.Add(state);
            else state.Dispose();
            state = next;
        }

        _end = state;
        if (_end.Parameters.All(p => p.isfinite().all().item<bool>())) return;
        Dispose();
        throw new DmlException(
            null, "a head that stays finite", "NaN or infinity", $"take a smaller {Mention.Option("learningRate")} than {training.LearningRate}");
    }

    /// <summary>W at the end, (E, D), float64, owned by this object.</summary>
    public Tensor Weight => _end.Parameters[0];

    /// <summary>Trains with weights of samples and gives W alone.</summary>
    /// <param name="context">The model.</param>
    /// <param name="training">The training.</param>
    /// <param name="weights">(N), at least 0, float64.</param>
    /// <param name="cancellationToken">Stops it between two steps.</param>
    /// <returns>W, (E, D), float64; the caller disposes of it.</returns>
    public static Tensor Train(InfluenceContext context, HeadTraining training, Tensor weights, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(training);
        RequireMovable(context.Loss, training);
        var gradients = new BatchGradients(context, training.MovesProxies);
        var steps = new HeadSteps(gradients, training);
        var state = HeadState.Fresh(gradients.Start()).Kept();
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
        for (var segment = _kept.Count - 1; segment >= 0; segment--)
        {
            var states = Segment(segment, cancellationToken);
            for (var i = states.Count - 1; i >= 0; i--)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var step = (segment * Stride) + i;
                var earlier = _steps.Retreat(states[i], step, _batches[step], adjoint, found);
                adjoint.Dispose();
                adjoint = earlier;
                if (i > 0) states[i].Dispose();
                progress.Report(new("back through the training", _training.Steps - step, _training.Steps));
            }
        }

        using (adjoint)
        {
            var growth = (Norms(adjoint.Parameters[0]) / Norms(slopes.to(float64)).clamp_min(double.Epsilon)).max().item<double>();
            return (found.MoveToOuterDisposeScope(), growth);
        }
    }

    /// <summary>Frees what was kept.</summary>
    public void Dispose()
    {
        foreach (var state in _kept) state.Dispose();
        _end.Dispose();
    }

    private int Stride => Math.Max(1, (int)Math.Ceiling(Math.Sqrt(_training.Steps)));

    private static Tensor Norms(Tensor rows) => rows.flatten(1).norm(1);

    /// <summary>The states before each step of a segment; the first of them is kept and must not be freed.</summary>
    private List<HeadState> Segment(int segment, CancellationToken cancellationToken)
    {
        List<HeadState> states = [_kept[segment]];
        for (var step = segment * Stride; step < Math.Min((segment + 1) * Stride, _training.Steps) - 1; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            states.Add(_steps.Advance(states[^1], step, _batches[step], null));
        }

        return states;
    }

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
