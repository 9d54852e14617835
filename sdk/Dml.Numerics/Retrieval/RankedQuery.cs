namespace Dml.Numerics;

/// <summary>A query with its nearest items.</summary>
public readonly ref struct RankedQuery
{
    private readonly ReadOnlySpan<int> _neighbours;
    private readonly ReadOnlySpan<long> _galleryLabels;

    /// <summary>Looks for the query's first hit.</summary>
    /// <param name="label">The query's class.</param>
    /// <param name="relevant">R, the number of items of that class that can be found.</param>
    /// <param name="neighbours">Gallery indices, nearest first.</param>
    /// <param name="galleryLabels">Classes that these indices refer to.</param>
    public RankedQuery(long label, int relevant, ReadOnlySpan<int> neighbours, ReadOnlySpan<long> galleryLabels)
    {
        (Label, Relevant) = (label, relevant);
        _neighbours = neighbours;
        _galleryLabels = galleryLabels;
        for (var rank = 1; rank <= neighbours.Length; rank++)
        {
            if (!IsHit(rank)) continue;
            FirstHit = rank;
            break;
        }
    }

    /// <summary>The query's class.</summary>
    public long Label { get; }

    /// <summary>R: the number of items of the query's class that can be found, without the query itself.</summary>
    public int Relevant { get; }

    /// <summary>Number of neighbours that are known.</summary>
    public int Count => _neighbours.Length;

    /// <summary>Rank, from 1, of the nearest item of the query's class; 0 where none is among the known neighbours.</summary>
    public int FirstHit { get; }

    /// <summary>Class of the neighbour at a rank.</summary>
    /// <param name="rank">From 1 to <see cref="Count"/>.</param>
    public long LabelAt(int rank) => _galleryLabels[_neighbours[rank - 1]];

    /// <summary>Whether the neighbour at a rank has the query's class.</summary>
    /// <param name="rank">From 1 to <see cref="Count"/>.</param>
    public bool IsHit(int rank) => LabelAt(rank) == Label;
}
