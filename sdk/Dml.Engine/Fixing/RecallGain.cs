using Dml.Numerics;

namespace Dml.Engine.Fixing;

/// <summary>What a change does to R@1, with an interval over the clusters of the queries.</summary>
internal static class RecallGain
{
    /// <summary>Level of the interval where a change is judged.</summary>
    public const double JudgingLevel = 0.95;

    /// <summary>Compares retrainings with and without the change.</summary>
    /// <param name="parts">The clusters of all queries.</param>
    /// <param name="queries">The queries that count, at least one.</param>
    /// <param name="without">For each retraining whether each query is right, without the change.</param>
    /// <param name="with">The same with it, in the same order.</param>
    /// <param name="seed">Decides the resampling.</param>
    /// <param name="level">Level of the interval.</param>
    public static FixGain Of(QueryParts parts, int[] queries, bool[][] without, bool[][] with, int seed, double level)
    {
        double Share(bool[] hits) => queries.Count(q => hits[q]) / (double)queries.Length;
        double[] gains = [.. queries.Select(q => with.Zip(without).Average(pair => (pair.First[q] ? 1.0 : 0) - (pair.Second[q] ? 1.0 : 0)))];
        double[][] clusters = [.. queries.Zip(gains).GroupBy(x => parts.Clusters[x.First]).Select(g => g.Select(x => x.Second).ToArray())];
        var interval = BootstrapInterval.OfClusters(clusters, seed, level: level);
        return new(
            without.Average(Share), with.Average(Share), interval.Low, interval.High, SignedRankTest.Of([.. clusters.Select(c => c.Average())]).PValue,
            [.. with.Zip(without).Select(pair => Share(pair.First) - Share(pair.Second))]);
    }
}
