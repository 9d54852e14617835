namespace Dml.Numerics;

/// <summary>Counts what the neighbours of one query after the other say.</summary>
/// <param name="queries">Number of queries that will come.</param>
/// <param name="galleryLabels">Labels that neighbours refer to.</param>
/// <param name="k">Neighbours of a query.</param>
internal sealed class RetrievalTally(int queries, long[] galleryLabels, int k)
{
    private readonly SortedDictionary<long, ClassTally> _classes = [];
    private readonly int[] _firstHits = new int[k];
    private readonly List<double> _precisions = new(queries);

    /// <summary>Mean of the average precisions; null where no query has a relevant item.</summary>
    public double? MapAtR => Mean(_precisions);

    /// <summary>Adds a query.</summary>
    /// <param name="label">Its class.</param>
    /// <param name="neighbours">Its neighbours, nearest first.</param>
    /// <param name="relevant">R; 0 where there is no relevant item or MAP@R is not wanted.</param>
    public void Add(long label, ReadOnlySpan<int> neighbours, int relevant)
    {
        if (!_classes.TryGetValue(label, out var own)) _classes.Add(label, own = new());
        own.Queries++;
        for (var rank = 0; rank < neighbours.Length; rank++)
        {
            if (galleryLabels[neighbours[rank]] != label) continue;
            _firstHits[rank]++;
            break;
        }

        if (galleryLabels[neighbours[0]] is var nearest && nearest != label) own.TakenFor[nearest] = own.TakenFor.GetValueOrDefault(nearest) + 1;
        if (relevant < 1) return;
        var precision = RetrievalMetrics.AveragePrecisionAtR(neighbours, galleryLabels, label, relevant);
        _precisions.Add(precision);
        own.Precisions.Add(precision);
    }

    /// <summary>Queries with an item of their own class among their first neighbours.</summary>
    /// <param name="rank">How many neighbours to look at.</param>
    public int Hits(int rank) => _firstHits.AsSpan(0, rank).ToArray().Sum();

    /// <summary>The classes by rising label.</summary>
    public IReadOnlyList<ClassScore> Classes() => [.. _classes.Select(x => Score(x.Key, x.Value))];

    private static ClassScore Score(long label, ClassTally tally)
    {
        var worst = tally.TakenFor.OrderByDescending(x => x.Value).ThenBy(x => x.Key).Select(x => ((long, int)?)(x.Key, x.Value)).FirstOrDefault();
        return new(label, tally.Queries, tally.TakenFor.Values.Sum(), Mean(tally.Precisions), worst?.Item1, worst?.Item2 ?? 0);
    }

    private static double? Mean(List<double> values) => values.Count == 0 ? null : values.Sum() / values.Count;

    private sealed class ClassTally
    {
        public int Queries { get; set; }

        public List<double> Precisions { get; } = [];

        /// <summary>How many wrong queries are nearest to each other class.</summary>
        public Dictionary<long, int> TakenFor { get; } = [];
    }
}
