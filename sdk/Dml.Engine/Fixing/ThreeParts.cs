using Dml.Numerics;

namespace Dml.Engine.Fixing;

/// <summary>
/// The queries in three parts: one whose errors are explained, one that changes are chosen by, and one that judges. Items of a class resemble each other,
/// so a class is wholly in one part; where there are fewer than six classes the queries themselves are dealt out.
/// </summary>
/// <param name="Of">The part of each query: 0 explains, 1 chooses, 2 judges.</param>
/// <param name="Clusters">The cluster of each query, within which values may depend on each other: its class, or itself.</param>
internal sealed record ThreeParts(IReadOnlyList<int> Of, IReadOnlyList<long> Clusters)
{
    /// <summary>Separates the dealing from other draws of the seed.</summary>
    private const long Stream = -7;

    private const int LeastClasses = 6;

    /// <summary>Deals out three at a time, those with most errors first, so that the parts have about as many.</summary>
    /// <param name="labels">Class of each query, at least three.</param>
    /// <param name="hits">Whether a query's nearest neighbour has its class.</param>
    /// <param name="seed">Decides who goes where among three.</param>
    public static ThreeParts Deal(IReadOnlyList<long> labels, IReadOnlyList<bool> hits, int seed)
    {
        long[] clusters = labels.Distinct().Count() >= LeastClasses ? [.. labels] : [.. Enumerable.Range(0, labels.Count).Select(i => (long)i)];
        var random = new CounterRandom(seed, Stream, 0);
        var partOf = new Dictionary<long, int>();
        var ranked = clusters.Zip(hits).GroupBy(x => x.First).OrderByDescending(g => g.Count(x => !x.Second)).ThenBy(g => g.Key).Select(g => g.Key);
        foreach (var three in ranked.Chunk(3))
        {
            int[] parts = [0, 1, 2];
            random.Shuffle(parts.AsSpan());
            foreach (var (cluster, part) in three.Zip(parts)) partOf[cluster] = part;
        }

        return new([.. clusters.Select(c => partOf[c])], clusters);
    }

    /// <summary>The queries of a part.</summary>
    public int[] Queries(int part) => [.. Enumerable.Range(0, Of.Count).Where(q => Of[q] == part)];
}
