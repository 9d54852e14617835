using System.Globalization;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Replay: the exact derivative of d in each training sample's weight through a whole retraining of the head (metagradient, Ilyas and Engstrom, arXiv
/// 2504.16430), <c>Harm_i = -dd(W_end) / dw_i</c>, by going back through its steps (numerics, section 6). Positive: training on the sample draws the confused
/// items together. Prefer it where you know how you will retrain, above all with many steps, of Adam too, which one gradient or a short walk does not describe.
/// </summary>
[Plugin("replay")]
public sealed class ReplayEstimator(ReplayOptions options) : IInfluenceEstimator
{
    /// <summary>Beyond this a first derivative of the training tells little of a change that can be made.</summary>
    private const double LargeGrowth = 1e3;

    /// <summary>Most elements of the derivatives in W of targets that go back through the training together; a few such tensors are held.</summary>
    private const long Elements = 1 << 23;

    private readonly List<HeadReplay> _replays = [];
    private InfluenceContext? _context;
    private HeadTraining _training = new();

    /// <inheritdoc/>
    public bool ExplainsBatchLosses => true;

    /// <inheritdoc/>
    public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(progress);
        Dispose();
        _context = context;
        _training = context.Retraining is not { } told ? Asked() : told.Orders > 1 ? told : told with { Orders = options.Orders };
        for (var order = 0; order < _training.Orders; order++)
        {
            progress.Report(new("train the head that is replayed", order, _training.Orders));
            _replays.Add(new(context, _training with { Seed = _training.Seed + order }, cancellationToken));
        }
    }

    /// <inheritdoc/>
    public SolvedTargets Solve(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(confusions);
        ArgumentNullException.ThrowIfNull(progress);
        var context = _context ?? throw new InvalidOperationException("Prepare must be called before Solve.");
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var harm = zeros([confusions.Count, context.TrainCount], dtype: float64);
        var growth = 0.0;
        var distances = ConfusionDistance.Of(confusions, context.TestFeatures, context.HeadWeight, context.HeadBias);
        foreach (var replay in _replays)
        {
            using var orderScope = NewDisposeScope();
            var end = context with { HeadWeight = replay.Weight, HeadBias = context.HeadBias.to(float64) };
            using var slopes = ConfusionGradients.Of(confusions, end);
            foreach (var part in SampleRange.Grid(confusions.Count, Math.Max(1, Elements / replay.Weight.numel())))
            {
                using var partScope = NewDisposeScope();
                var (derivatives, grown) = replay.Derivatives(slopes.Dense((int)part.Start, (int)part.Count), progress, cancellationToken);
                harm.narrow(0, part.Start, part.Count).add_(derivatives, alpha: -1.0 / _replays.Count);
                growth = Math.Max(growth, grown);
            }
        }

        var path = string.Create(CultureInfo.InvariantCulture, $"{_training.Steps} steps of {Name(_training.Optimizer)}, {_training.LearningRate}");
        if (_training.FreshSeed is not null) path += ", from scratch";
        if (_training.Orders > 1) path += string.Create(CultureInfo.InvariantCulture, $", mean of {_training.Orders} orders");
        if (growth > LargeGrowth) path += string.Create(CultureInfo.InvariantCulture, $"; chaotic: derivatives grew {growth:G2} times on the way back");
        return WholeHarm.Solved(
            [.. confusions.Zip(distances, (confusion, d) => new TargetExplanation(confusion, d.Evaluate(d.Embeddings), [], path))], harm, context);
    }

    private HeadTraining Asked() => new()
    {
        Optimizer = options.Optimizer,
        Steps = options.Steps,
        Batch = options.Batch,
        Seed = options.Seed,
        FreshSeed = options.FromScratch ? options.Seed : null,
        LearningRate = options.LearningRate,
        Momentum = options.Momentum,
        WeightDecay = options.WeightDecay,
        Epsilon = options.AdamEpsilon,
        MovesProxies = options.MovesProxies,
        ProxyLearningRate = options.ProxyLearningRate,
        Orders = options.Orders,
    };

    /// <inheritdoc/>
    public ISampleBlock At(SampleRange samples) =>
        WholeHarm.At(samples, _context ?? throw new InvalidOperationException("Prepare must be called before At."));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var replay in _replays) replay.Dispose();
        _replays.Clear();
    }

    private static string Name(HeadOptimizer optimizer) => optimizer switch
    {
        HeadOptimizer.Sgd => "sgd",
        HeadOptimizer.Adam => "adam",
        _ => "adamW",
    };
}
