namespace Dml.Numerics;

/// <summary>A figure of one query; its mean over the queries is a retrieval metric, its mean over those of a class the class's.</summary>
public interface IQueryMetric
{
    /// <summary>How many neighbours it looks at; at least as many are searched, as far as there are so many items.</summary>
    /// <param name="relevant">R, the number of items of the query's class that can be found; at least 0.</param>
    int Depth(int relevant);

    /// <summary>
    /// Whether it reads <see cref="RankedQuery.FirstHit"/> however deep that lies, which costs a second search for the queries without a
    /// hit in the first.
    /// </summary>
    bool NeedsFirstHit => false;

    /// <summary>The figure; null where the query has none, which leaves it out of the means.</summary>
    /// <param name="query">The query with at least <see cref="Depth"/> neighbours, or all items where there are fewer.</param>
    double? Of(RankedQuery query);
}
