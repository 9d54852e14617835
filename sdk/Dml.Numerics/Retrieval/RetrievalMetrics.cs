namespace Dml.Numerics;

/// <summary>Retrieval metrics (numerics, section 4) of neighbours that are known.</summary>
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

    /// <summary>
    /// Average precision at R of one query (Musgrave, Belongie, Lim, "A Metric Learning Reality Check", ECCV 2020, section 3.2):
    /// <c>1/R sum_{i=1..R} P(i)</c>, where R is the number of its relevant items and P(i) is the precision among the i nearest if the
    /// i-th is relevant and 0 otherwise.
    /// </summary>
    /// <param name="neighbours">Gallery indices, nearest first, at least R of them; those beyond R do not matter.</param>
    /// <param name="galleryLabels">Labels that they refer to.</param>
    /// <param name="label">The query's label.</param>
    /// <param name="relevant">R, at least 1.</param>
    /// <returns>0 to 1.</returns>
    public static double AveragePrecisionAtR(ReadOnlySpan<int> neighbours, IReadOnlyList<long> galleryLabels, long label, int relevant)
    {
        ArgumentNullException.ThrowIfNull(galleryLabels);
        ArgumentOutOfRangeException.ThrowIfLessThan(relevant, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(relevant, neighbours.Length);
        var (hits, sum) = (0, 0.0);
        for (var rank = 0; rank < relevant; rank++)
        {
            if (galleryLabels[neighbours[rank]] == label) sum += (double)++hits / (rank + 1);
        }

        return sum / relevant;
    }
}
