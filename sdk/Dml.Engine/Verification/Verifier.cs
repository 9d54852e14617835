using System.Diagnostics;
using Dml.Engine.Explaining;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Verification;

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

    /// <summary>Measures.</summary>
    /// <param name="estimators">Name of each row, estimator plugin, and overrides of its options.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public VerifyRecord Run(
        IReadOnlyList<(string Name, string Plugin, IReadOnlyList<string> Overrides)> estimators, IProgress<ProgressReport> progress,
        CancellationToken cancellationToken)
    {
        var rows = new List<VerifiedEstimator>();
        var scores = new List<(string Name, double[][] Harm)>();
        var notes = new List<IReadOnlyList<string>>();
        foreach (var (name, plugin, overrides) in estimators)
        {
            var start = Stopwatch.GetTimestamp();
            var (harm, told) = Harm(plugin, overrides, progress, cancellationToken);
            scores.Add((name, harm));
            notes.Add(told);
            rows.Add(new(name, 0, 0, 0, Stopwatch.GetElapsedTime(start).TotalSeconds, []));
        }

        var begin = Stopwatch.GetTimestamp();
        var real = Retrain(settings.Seed, progress, cancellationToken);
        var again = Retrain(settings.Seed + 1, progress, cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        for (var i = 0; i < rows.Count; i++)
        {
            double[][] predicted = [.. scores[i].Harm.Select(h => DatamodelingScore.Predict(h, _kept))];
            rows[i] = Scored(rows[i].Estimator, predicted, real, rows[i].Seconds) with { Notes = notes[i].Count > 0 ? notes[i] : null };
        }

        rows.Add(Scored(Ceiling, again, real, seconds));
        return new(settings, [.. targets.Select(t => t.Name)], rows, Agreement(scores), [.. real.Select(d => d.Average(Math.Abs))], seconds);
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

    private VerifiedEstimator Scored(string name, double[][] predicted, double[][] real, double seconds)
    {
        var score = DatamodelingScore.Of(predicted, real, settings.Seed);
        return new(name, score.Value, score.Low, score.High, seconds, DatamodelingScore.ByTarget(predicted, real));
    }

    private (double[][] Harm, IReadOnlyList<string> Notes) Harm(
        string plugin, IReadOnlyList<string> overrides, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        using var session = model.OpenInfluence(ScalarType.Float32, progress, cancellationToken, plugin, overrides, settings.Training(settings.Seed));
        using var scores = session.Score(targets, progress, cancellationToken);
        using var scope = NewDisposeScope();
        return ([.. targets.Select((_, t) => scores.Harm[t].to(float64).data<double>().ToArray())], SolverNotes.Of(scores.Targets));
    }

    /// <summary>For each target and subset, d after retraining on the subset less d after retraining on everything.</summary>
    private double[][] Retrain(int seed, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        using var session = model.OpenInfluence(ScalarType.Float32, progress, cancellationToken, null, []);
        var retraining = new SubsetRetraining(session.Context, settings);
        var all = Distances(session.Context, retraining, [.. Enumerable.Repeat(true, model.Features.TrainCount)], seed, cancellationToken);
        double[][] real = [.. targets.Select(_ => new double[settings.Subsets])];
        for (var s = 0; s < settings.Subsets; s++)
        {
            var d = Distances(session.Context, retraining, _kept[s], seed, cancellationToken);
            for (var t = 0; t < real.Length; t++) real[t][s] = d[t] - all[t];
            progress.Report(new("retraining on subsets", s + 1, settings.Subsets));
        }

        return real;
    }

    private double[] Distances(InfluenceContext context, SubsetRetraining retraining, IReadOnlyList<bool> kept, int seed, CancellationToken cancellationToken)
    {
        using var weight = retraining.Run(kept, seed, cancellationToken);
        return [.. ConfusionDistance.Of(targets, context.TestFeatures, weight, context.HeadBias).Select(d => d.Evaluate(d.Embeddings))];
    }

    private static EstimatorAgreement[] Agreement(IReadOnlyList<(string Name, double[][] Harm)> scores) =>
    [
        .. from i in Enumerable.Range(0, scores.Count)
           from j in Enumerable.Range(i + 1, scores.Count - i - 1)
           select new EstimatorAgreement(scores[i].Name, scores[j].Name, DatamodelingScore.ByTarget(scores[i].Harm, scores[j].Harm).Average()),
    ];
}
