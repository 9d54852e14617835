using System.Diagnostics;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Verification;

/// <summary>
/// Drops the k samples that do an error most harm, retrains, and looks whether the error is still there. Over several orders of batches an error counts once
/// in each.
/// </summary>
/// <param name="context">The trained model.</param>
/// <param name="targets">The errors: pairs, or groups, whose samples are dropped for all their pairs together.</param>
/// <param name="settings">The numbers k, seed.</param>
/// <param name="retraining">Reality.</param>
internal sealed class Brittleness(InfluenceContext context, IReadOnlyList<Confusion> targets, VerifySettings settings, SubsetRetraining retraining)
{
    /// <summary>Name of the control, which drops any k samples.</summary>
    public const string AtRandom = "at random";

    /// <summary>Separates the control from other draws of the seed.</summary>
    private const long Stream = -10;

    /// <summary>Refuses to drop everything.</summary>
    /// <exception cref="DmlException">There are no more samples than are to be dropped.</exception>
    public static void Require(VerifySettings settings, int samples)
    {
        if (settings.Brittleness is null || settings.Brittleness[^1] < samples) return;
        throw new DmlException("brittleness", $"numbers below that of training samples, {samples}", $"{settings.Brittleness[^1]}");
    }

    /// <summary>Measures.</summary>
    /// <param name="scores">The estimators.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public BrittlenessRecord Run(IReadOnlyList<EstimatorScores> scores, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var before = Judge(targets.SelectMany(t => t.Pairs), [], cancellationToken);
        var wrong = before.Where(p => p.Value.Wrong).Select(p => p.Key).ToHashSet();
        var nearest = before.Where(p => p.Value.Nearest).Select(p => p.Key).ToHashSet();
        (string Name, int[][] Orders)[] orders =
            [.. scores.Select(s => (s.Name, s.Harm.Select(LeaveOneOut.Ranked).ToArray())), (AtRandom, [.. targets.Select((_, t) => Shuffled(t))])];
        var rows = new List<BrittlenessRow>();
        foreach (var (name, order) in wrong.Count == 0 ? [] : orders)
        {
            foreach (var count in settings.Brittleness!)
            {
                Dictionary<(TestPair Pair, int Order), Fate>[] after =
                    [.. targets.Select((target, t) => Judge(target.Pairs, order[t][..count], cancellationToken))];
                double[][] cured = [.. after.Select(fates => fates.Where(f => wrong.Contains(f.Key)).Select(f => f.Value.Wrong ? 0.0 : 1).ToArray())];
                double[] parted = [.. after.SelectMany(fates => fates.Where(f => nearest.Contains(f.Key)).Select(f => f.Value.Nearest ? 0.0 : 1))];
                var share = BootstrapInterval.OfClusters([.. cured.Where(c => c.Length > 0)], settings.Seed);
                rows.Add(new(name, count, share.Mean, share.Low, share.High, parted.DefaultIfEmpty(0).Average()));
                progress.Report(new("retraining without the most harmful", rows.Count, orders.Length * settings.Brittleness!.Count));
            }
        }

        return new(before.Count, wrong.Count, nearest.Count, rows, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private int[] Shuffled(int target)
    {
        int[] order = [.. Enumerable.Range(0, (int)context.TrainCount)];
        new CounterRandom(settings.Seed, Stream, target).Shuffle(order.AsSpan());
        return order;
    }

    /// <summary>What pairs are after retraining without some samples, in each order of batches.</summary>
    private Dictionary<(TestPair Pair, int Order), Fate> Judge(
        IEnumerable<TestPair> pairs, IReadOnlyCollection<int> dropped, CancellationToken cancellationToken)
    {
        var without = dropped.ToHashSet();
        bool[] kept = [.. Enumerable.Range(0, (int)context.TrainCount).Select(i => !without.Contains(i))];
        TestPair[] own = [.. pairs.Distinct()];
        return Enumerable.Range(0, settings.Orders)
            .SelectMany(order => Judge(own, kept, settings.Seed + order, cancellationToken).Select((fate, p) => (Key: (own[p], order), Fate: fate)))
            .ToDictionary(p => p.Key, p => p.Fate);
    }

    private Fate[] Judge(TestPair[] pairs, bool[] kept, int seed, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var weight = retraining.Run(kept, seed, cancellationToken);
        using var noGradient = no_grad();
        var units = UnitRows.Of(addmm(context.HeadBias, context.TestFeatures, weight.t(), 1, 1).to(float64));
        var anchors = tensor(pairs.Select(p => (long)p.Anchor).ToArray());
        var cosines = units.index_select(0, anchors).mm(units.t());
        var nearest = cosines.scatter_(1, anchors.unsqueeze(1), full([pairs.Length, 1], -2.0, dtype: float64)).argmax(1);
        var right = context.TestLabels.index_select(0, nearest).eq(context.TestLabels.index_select(0, anchors)).Values<bool>();
        return [.. pairs.Select((pair, p) => new Fate(!right[p], nearest[p].item<long>() == pair.Neighbour))];
    }

    /// <summary>What became of a pair.</summary>
    /// <param name="Wrong">Whether the anchor's nearest neighbour is of another class.</param>
    /// <param name="Nearest">Whether it is the pair's.</param>
    private readonly record struct Fate(bool Wrong, bool Nearest);
}
