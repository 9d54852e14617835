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

    /// <summary>Tensors of derivatives in W that are held at the same time while targets go back through a training.</summary>
    private const long HeldTogether = 8;

    private readonly List<ReplayedTraining> _replays = [];
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
        var folds = options.Folds ?? 1;
        if (folds > context.TrainCount)
        {
            throw new DmlException("replay.folds", $"at most the {context.TrainCount} training samples", $"{folds}");
        }

        var count = _training.Orders * folds;
        for (var i = 0; i < count; i++)
        {
            progress.Report(new("train the head that is replayed", i, count));
            var training = _training with { Seed = _training.Seed + (i / folds) };
            _replays.Add(new(context, training, folds, i % folds, Half / count, cancellationToken));
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
        using var folded = options.Folds is null ? null : new FoldedDerivatives(confusions.Count, context.TrainCount);
        var distances = ConfusionDistance.Of(confusions, context.TestFeatures, context.HeadWeight, context.HeadBias);
        foreach (var (i, training) in _replays.Index())
        {
            using var trainingScope = NewDisposeScope();
            var (derivatives, ends) = Back(training);
            if (folded is null) harm.add_(derivatives, alpha: -1.0 / _replays.Count);
            else folded.Add(i / options.Folds!.Value, training.Gone!, derivatives, ends);
        }

        if (folded is not null) harm.sub_(folded.Mean());
        var path = string.Create(CultureInfo.InvariantCulture, $"{_training.Steps} steps of {Name(_training.Optimizer)}, {_training.LearningRate}");
        if (_training.FreshSeed is not null) path += ", from scratch";
        if (_training.Orders > 1) path += string.Create(CultureInfo.InvariantCulture, $", mean of {_training.Orders} orders");
        if (options.Folds is { } folds) path += string.Create(CultureInfo.InvariantCulture, $", with and without each of {folds} folds");
        if (growth > LargeGrowth) path += string.Create(CultureInfo.InvariantCulture, $"; chaotic: derivatives grew {growth:G2} times on the way back");
        return WholeHarm.Solved(
            [.. confusions.Zip(distances, (confusion, d) => new TargetExplanation(confusion, d.Evaluate(d.Embeddings), [], path))], harm, context);

        (Tensor Derivatives, double[] Distances) Back(ReplayedTraining training)
        {
            var replay = training.Replay;
            var (weight, bias) = (replay.Weight, context.HeadBias.to(float64));
            var derivatives = zeros([confusions.Count, context.TrainCount], dtype: float64);
            using var slopes = ConfusionGradients.Of(confusions, context with { HeadWeight = weight, HeadBias = bias });
            foreach (var part in SampleRange.Grid(confusions.Count, Math.Max(1, Half / (HeldTogether * sizeof(double) * weight.numel()))))
            {
                using var partScope = NewDisposeScope();
                var (ofPart, grown) = replay.Derivatives(slopes.Dense((int)part.Start, (int)part.Count), progress, cancellationToken);
                derivatives.narrow(0, part.Start, part.Count).copy_(ofPart);
                growth = Math.Max(growth, grown);
            }

            var ends = training.Gone is null ? [] : ConfusionDistance.Of(confusions, context.TestFeatures, weight, bias);
            return (derivatives, [.. ends.Select(d => d.Evaluate(d.Embeddings))]);
        }
    }

    private long Half => (long)options.MemoryMegabytes << 19;

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
