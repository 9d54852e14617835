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
    /// <param name="query">The query with at least R neighbours; those beyond R do not matter.</param>
    /// <returns>0 to 1; null where R is 0.</returns>
    public static double? AveragePrecisionAtR(RankedQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Relevant, query.Count);
        if (query.Relevant < 1) return null;
        var (hits, sum) = (0, 0.0);
        for (var rank = 1; rank <= query.Relevant; rank++)
        {
            if (query.IsHit(rank)) sum += (double)++hits / rank;
        }

        return sum / query.Relevant;
    }

    /// <summary>R-precision of one query: the share of its R nearest that are relevant, R being the number of its relevant items.</summary>
    /// <param name="query">The query with at least R neighbours.</param>
    /// <returns>0 to 1; null where R is 0.</returns>
    public static double? RPrecision(RankedQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Relevant, query.Count);
        if (query.Relevant < 1) return null;
        var hits = 0;
        for (var rank = 1; rank <= query.Relevant; rank++)
        {
            if (query.IsHit(rank)) hits++;
        }

        return (double)hits / query.Relevant;
    }

    /// <summary>Reciprocal rank of one query: 1 / rank of its nearest relevant item among all items.</summary>
    /// <param name="query">The query with neighbours down to that item.</param>
    /// <returns>Above 0, at most 1; null where there is no relevant item.</returns>
    public static double? ReciprocalRank(RankedQuery query)
    {
        if (query.Relevant < 1) return null;
        return query.FirstHit > 0 ? 1.0 / query.FirstHit
            : throw new ArgumentException($"Expected neighbours down to a relevant item, found {query.Count} without one.", nameof(query));
    }
}
