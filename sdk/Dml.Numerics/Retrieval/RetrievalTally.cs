namespace Dml.Numerics;

/// <summary>Keeps what the neighbours of one query after the other say.</summary>
/// <param name="labels">Classes of the queries.</param>
/// <param name="metrics">The figures that are wanted of each query.</param>
internal sealed class RetrievalTally(long[] labels, IReadOnlyList<IQueryMetric> metrics)
{
    private readonly long[] _nearest = new long[labels.Length];

    /// <summary>Figures, one row a metric; NaN where a query has none.</summary>
    private readonly double[][] _values = [.. metrics.Select(_ => new double[labels.Length])];

    /// <summary>Queries whose nearest neighbour has another class.</summary>
    public int Wrong => labels.Zip(_nearest).Count(q => q.First != q.Second);

    /// <summary>Means over all queries, one a metric.</summary>
    public IReadOnlyList<double?> Means => Mean([.. Enumerable.Range(0, labels.Length)]);

    /// <summary>Takes a query in.</summary>
    /// <param name="index">Which.</param>
    /// <param name="query">Its neighbours.</param>
    public void Add(int index, RankedQuery query)
    {
        _nearest[index] = query.LabelAt(1);
        for (var i = 0; i < metrics.Count; i++)
        {
            // Where the first hit lies deeper, the query comes again.
            var waits = metrics[i].NeedsFirstHit && query is { FirstHit: 0, Relevant: > 0 };
            _values[i][index] = waits ? double.NaN : metrics[i].Of(query) ?? double.NaN;
        }
    }

    /// <summary>The classes by rising label.</summary>
    public IReadOnlyList<ClassScore> Classes() =>
        [.. Enumerable.Range(0, labels.Length).GroupBy(i => labels[i]).OrderBy(g => g.Key).Select(g => Score(g.Key, [.. g]))];

    private ClassScore Score(long label, int[] queries)
    {
        var takenFor = queries.Select(i => _nearest[i]).Where(nearest => nearest != label).CountBy(nearest => nearest).ToList();
        var worst = takenFor.OrderByDescending(x => x.Value).ThenBy(x => x.Key).Select(x => ((long, int)?)(x.Key, x.Value)).FirstOrDefault();
        return new(label, queries.Length, takenFor.Sum(x => x.Value), Mean(queries), worst?.Item1, worst?.Item2 ?? 0);
    }

    private double?[] Mean(int[] queries) => [.. _values.Select(values => Mean(values, queries))];

    private static double? Mean(double[] values, int[] queries)
    {
        var (sum, count) = (0.0, 0);
        foreach (var query in queries)
        {
            if (double.IsNaN(values[query])) continue;
            sum += values[query];
            count++;
        }

        return count == 0 ? null : sum / count;
    }
}
