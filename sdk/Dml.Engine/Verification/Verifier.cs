using System.Diagnostics;
using Dml.Engine.Explaining;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Verification;

/// <summary>What an estimator says of all targets.</summary>
/// <param name="Name">Name of its row.</param>
/// <param name="Plugin">The plugin; rows of other options have another name.</param>
/// <param name="Harm">For each target the harm of all training samples.</param>
internal sealed record EstimatorScores(string Name, string Plugin, double[][] Harm)
{
    /// <summary>Whether it is what a user can choose: a plugin, or one with an option, as <c>if.solver=ekfac</c>.</summary>
    public bool IsOfUser => Name == Plugin || Name.StartsWith($"{Plugin}.", StringComparison.Ordinal);
}

/// <summary>Holds influence estimators against what really happens when training data is left out.</summary>
/// <param name="model">The model.</param>
/// <param name="targets">What is explained.</param>
/// <param name="settings">Subsets and retraining.</param>
internal sealed class Verifier(Model model, IReadOnlyList<Confusion> targets, VerifySettings settings)
{
    /// <summary>Name of reality held against itself: two retrainings that differ in the order of their batches.</summary>
    public const string Ceiling = "ceiling";

    /// <summary>Separates the subsets from other draws of the seed.</summary>
    private const long Stream = -3;

    private readonly bool[][] _kept = DrawSubsets(model.Features.TrainCount, settings);

    /// <summary>What the estimators say, once it has run.</summary>
    public IReadOnlyList<EstimatorScores> Scores { get; private set; } = [];

    /// <summary>Measures.</summary>
    /// <param name="estimators">Name of each row, estimator plugin, and overrides of its options.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public VerifyRecord Run(
        IReadOnlyList<(string Name, string Plugin, IReadOnlyList<string> Overrides)> estimators, IProgress<ProgressReport> progress,
        CancellationToken cancellationToken)
    {
        Brittleness.Require(settings, model.Features.TrainCount);
        LeaveOneOut.Require(settings, model.Features.TrainCount);
        var rows = new List<VerifiedEstimator>();
        var scores = new List<EstimatorScores>();
        foreach (var (name, plugin, overrides) in estimators)
        {
            var start = Stopwatch.GetTimestamp();
            var (harm, notes) = Harm(plugin, overrides, progress, cancellationToken);
            scores.Add(new(name, plugin, harm));
            rows.Add(new(name, 0, 0, 0, Stopwatch.GetElapsedTime(start).TotalSeconds, []) { Notes = notes.Count > 0 ? notes : null });
        }

        Scores = scores;
        var begin = Stopwatch.GetTimestamp();
        using var session = model.OpenInfluence(ScalarType.Float32, progress, cancellationToken, null, []);
        var retraining = new SubsetRetraining(session.Context, settings);
        var real = Retrain(retraining, settings.Seed, progress, cancellationToken);
        var again = Retrain(retraining, settings.Seed + settings.Orders, progress, cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        double[][][] predicted = [.. scores.Select(s => s.Harm.Select(h => DatamodelingScore.Predict(h, _kept)).ToArray())];
        rows = [.. rows.Zip(predicted, (row, changes) => Scored(row, changes, real)), Scored(new(Ceiling, 0, 0, 0, seconds, []), again, real)];
        return new(settings, [.. targets.Select(t => t.Name)], rows, Agreement(scores), [.. real.Select(d => d.Average(Math.Abs))], seconds)
        {
            Recommendation = Recommending.Of([.. scores.Zip(predicted).Where(s => s.First.IsOfUser)
                .Select(s => (s.First.Name, s.Second))], real, settings.Seed),
            LeaveOneOut = settings.LeaveOneOut == 0 ? null
                : new LeaveOneOut(session.Context, targets, settings, retraining).Run(scores, progress, cancellationToken),
            Brittleness = settings.Brittleness is null ? null
                : new Brittleness(session.Context, targets, settings, retraining).Run(scores, progress, cancellationToken),
        };
    }

    /// <summary>Subsets of one size, so that no score can tell them apart by counting.</summary>
    internal static bool[][] DrawSubsets(int count, VerifySettings settings)
    {
        var leftOut = (int)Math.Round(count * settings.LeaveOut);
        if (leftOut < 1 || leftOut >= count)
        {
            throw new DmlException("leaveOut", $"a share that leaves out at least one of {count} training samples and keeps one", $"{settings.LeaveOut}");
        }

        var random = new CounterRandom(settings.Seed, Stream, 0);
        return [.. Enumerable.Range(0, settings.Subsets).Select(_ =>
        {
            bool[] kept = [.. Enumerable.Range(0, count).Select(i => i >= leftOut)];
            random.Shuffle(kept.AsSpan());
            return kept;
        })];
    }

    /// <summary>d of targets at a head.</summary>
    /// <param name="targets">The targets.</param>
    /// <param name="context">The model but for its head.</param>
    /// <param name="weight">W, (E, D).</param>
    internal static double[] Distances(IReadOnlyList<Confusion> targets, InfluenceContext context, Tensor weight) =>
        [.. ConfusionDistance.Of(targets, context.TestFeatures, weight, context.HeadBias).Select(d => d.Evaluate(d.Embeddings))];

    private VerifiedEstimator Scored(VerifiedEstimator row, double[][] predicted, double[][] real)
    {
        var score = DatamodelingScore.Of(predicted, real, settings.Seed);
        return row with { Score = score.Value, Low = score.Low, High = score.High, ByTarget = DatamodelingScore.ByTarget(predicted, real) };
    }

    private (double[][] Harm, IReadOnlyList<string> Notes) Harm(
        string plugin, IReadOnlyList<string> overrides, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        using var session = model.OpenInfluence(ScalarType.Float32, progress, cancellationToken, plugin, overrides, settings.Training(settings.Seed));
        using var scores = session.Score(targets, progress, cancellationToken);
        using var scope = NewDisposeScope();
        return ([.. targets.Select((_, t) => scores.Harm[t].to(float64).Values<double>())], SolverNotes.Of(scores.Targets));
    }

    /// <summary>For each target and subset, d after retraining on the subset less d after retraining on everything.</summary>
    private double[][] Retrain(SubsetRetraining retraining, int seed, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var all = Distances([.. Enumerable.Repeat(true, model.Features.TrainCount)]);
        double[][] real = [.. targets.Select(_ => new double[settings.Subsets])];
        for (var s = 0; s < settings.Subsets; s++)
        {
            var d = Distances(_kept[s]);
            for (var t = 0; t < real.Length; t++) real[t][s] = d[t] - all[t];
            progress.Report(new("retraining on subsets", s + 1, settings.Subsets));
        }

        return real;

        double[] Distances(IReadOnlyList<bool> kept) => retraining.Distances(targets, kept, seed, exactly: false, cancellationToken);
    }

    private static EstimatorAgreement[] Agreement(IReadOnlyList<EstimatorScores> scores) =>
    [
        .. from i in Enumerable.Range(0, scores.Count)
           from j in Enumerable.Range(i + 1, scores.Count - i - 1)
           select new EstimatorAgreement(scores[i].Name, scores[j].Name, DatamodelingScore.ByTarget(scores[i].Harm, scores[j].Harm).Average()),
    ];
}
