namespace Dml.Numerics;

/// <summary>Retrieval metrics (numerics, section 4).</summary>
public static class RetrievalMetrics
{
    /// <summary>R@k: the share of queries with an item of their own class among their k nearest.</summary>
    /// <param name="queryLabels">Labels of the queries.</param>
    /// <param name="galleryLabels">Labels that the neighbours' indices refer to.</param>
    /// <param name="neighbours">At least k neighbours of each query.</param>
    /// <param name="k">How many to look at.</param>
    public static double RecallAt(IReadOnlyList<long> queryLabels, IReadOnlyList<long> galleryLabels, Neighbours neighbours, int k)
    {
        ArgumentNullException.ThrowIfNull(queryLabels);
        ArgumentNullException.ThrowIfNull(galleryLabels);
        ArgumentNullException.ThrowIfNull(neighbours);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, neighbours.K);
        var hits = Enumerable.Range(0, queryLabels.Count)
            .Count(i => Enumerable.Range(0, k).Any(rank => galleryLabels[neighbours.At(i, rank)] == queryLabels[i]));
        return (double)hits / queryLabels.Count;
    }
}
