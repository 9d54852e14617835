using Dml.Numerics;

namespace Dml.Engine.Fixing;

/// <summary>
/// The queries in parts that know nothing of each other: for a fix one whose errors are explained, one that changes are chosen by, and one that judges; in
/// the explorer one that judges and one that does not. Items of a class resemble each other, so a class is wholly in one part; where there are fewer
/// than two classes a part the queries themselves are dealt out.
/// </summary>
/// <param name="Of">The part of each query: of a fix 0 explains, 1 chooses, 2 judges; the last one judges always.</param>
/// <param name="Clusters">The cluster of each query, within which values may depend on each other: its class, or itself.</param>
internal sealed record QueryParts(IReadOnlyList<int> Of, IReadOnlyList<long> Clusters)
{
    /// <summary>Separates the dealing from other draws of the seed.</summary>
    private const long Stream = -7;

    private const int LeastClassesOfPart = 2;

    /// <summary>Deals out one to each part at a time, those with most errors first, so that the parts have about as many.</summary>
    /// <param name="labels">Class of each query, at least as many as parts.</param>
    /// <param name="hits">Whether a query's nearest neighbour has its class.</param>
    /// <param name="seed">Decides who goes where among those that are dealt together.</param>
    /// <param name="count">How many parts.</param>
    public static QueryParts Deal(IReadOnlyList<long> labels, IReadOnlyList<bool> hits, int seed, int count = 3)
    {
        var enough = labels.Distinct().Count() >= LeastClassesOfPart * count;
        long[] clusters = enough ? [.. labels] : [.. Enumerable.Range(0, labels.Count).Select(i => (long)i)];
        var random = new CounterRandom(seed, Stream, 0);
        var partOf = new Dictionary<long, int>();
        var ranked = clusters.Zip(hits).GroupBy(x => x.First).OrderByDescending(g => g.Count(x => !x.Second)).ThenBy(g => g.Key).Select(g => g.Key);
        foreach (var together in ranked.Chunk(count))
        {
            int[] parts = [.. Enumerable.Range(0, count)];
            random.Shuffle(parts.AsSpan());
            foreach (var (cluster, part) in together.Zip(parts)) partOf[cluster] = part;
        }

        return new([.. clusters.Select(c => partOf[c])], clusters);
    }

    /// <summary>The queries of a part.</summary>
    public int[] Queries(int part) => [.. Enumerable.Range(0, Of.Count).Where(q => Of[q] == part)];
}
