using System.Diagnostics;
using Dml.Numerics;

namespace Dml.Engine.Verification;

/// <summary>
/// Single samples left out one at a time: what users do with a sample that is blamed. Retraining is in float64, since one sample changes d by little.
/// </summary>
/// <param name="context">The trained model.</param>
/// <param name="targets">What is explained.</param>
/// <param name="settings">Samples, seed.</param>
/// <param name="retraining">Reality.</param>
internal sealed class LeaveOneOut(InfluenceContext context, IReadOnlyList<Confusion> targets, VerifySettings settings, SubsetRetraining retraining)
{
    /// <summary>Separates the samples from other draws of the seed.</summary>
    private const long Stream = -9;

    /// <summary>Refuses more samples than there are.</summary>
    /// <exception cref="DmlException">There are fewer.</exception>
    public static void Require(VerifySettings settings, int samples)
    {
        if (settings.LeaveOneOut <= samples) return;
        throw new DmlException("leaveOneOut", $"at most the number of training samples, {samples}", $"{settings.LeaveOneOut}");
    }

    /// <summary>
    /// Chooses samples before anything is retrained: half as the most harmful, rank by rank of each target by each estimator, and the others at random.
    /// </summary>
    /// <param name="scores">The estimators.</param>
    /// <param name="count">How many samples, at most N.</param>
    /// <param name="seed">Decides those at random.</param>
    /// <returns>Indices, and how many of them are harmful ones.</returns>
    public static (int[] Samples, int Harmful) Choose(IReadOnlyList<EstimatorScores> scores, int count, int seed)
    {
        int[][] orders = [.. scores.SelectMany(s => s.Harm).Select(harm => Ranked(harm))];
        int[] harmful = [.. Enumerable.Range(0, orders[0].Length).SelectMany(rank => orders.Select(o => o[rank])).Distinct().Take(count / 2)];
        int[] others = [.. Enumerable.Range(0, orders[0].Length).Except(harmful)];
        new CounterRandom(seed, Stream, 0).Shuffle(others.AsSpan());
        return ([.. harmful, .. others.Take(count - harmful.Length)], harmful.Length);
    }

    /// <summary>Samples from the most to the least harmful; equal ones in the order of their indices.</summary>
    public static int[] Ranked(double[] harm) => [.. Enumerable.Range(0, harm.Length).OrderByDescending(i => harm[i])];

    /// <summary>Measures.</summary>
    /// <param name="scores">The estimators.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public LeaveOneOutRecord Run(IReadOnlyList<EstimatorScores> scores, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var (samples, harmful) = Choose(scores, settings.LeaveOneOut, settings.Seed);
        var real = Changes(samples, settings.Seed, progress, cancellationToken);
        var again = Changes(samples, settings.Seed + settings.Orders, progress, cancellationToken);
        LeaveOneOutRow[] rows =
        [
            .. scores.Select(s => Row(s.Name, [.. s.Harm.Select(h => samples.Select(i => h[i]).ToArray())], real)),
            Row(Verifier.Ceiling, again, real),
        ];
        return new(samples, harmful, rows, [.. real.Select(d => d.Average(Math.Abs))], Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private LeaveOneOutRow Row(string name, double[][] predicted, double[][] real)
    {
        var score = DatamodelingScore.Of(predicted, real, settings.Seed);
        return new(name, score.Value, score.Low, score.High, DatamodelingScore.ByTarget(predicted, real));
    }

    /// <summary>For each target and sample, d after retraining without the sample less d after retraining with it.</summary>
    private double[][] Changes(int[] samples, int seed, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var all = Distances(null);
        double[][] changes = [.. targets.Select(_ => new double[samples.Length])];
        foreach (var (s, sample) in samples.Index())
        {
            foreach (var (t, d) in Distances(sample).Index()) changes[t][s] = d - all[t];
            progress.Report(new("retraining without single samples", s + 1, samples.Length));
        }

        return changes;

        double[] Distances(int? without) => retraining.Distances(
            targets, [.. Enumerable.Range(0, (int)context.TrainCount).Select(i => i != without)], seed, exactly: true, cancellationToken);
    }
}
