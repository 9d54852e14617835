namespace Dml.Numerics;

/// <summary>
/// Thresholds from the best null candidate of each image, for each number of independent places its own: a picture of stripes correlates
/// with much by chance, one of fine detail with little, and how much is read from the nulls that were taken over about as many places,
/// the quarter of all nearest in rank.
/// </summary>
internal sealed class NullTails
{
    private const int Quarter = 4;

    /// <summary>Quartiles of fewer than this are no guide to a tail.</summary>
    private const int LeastNearby = 60;

    private readonly double[] _places;
    private readonly (double Score, double Excess)[] _best;
    private readonly (double Score, double Excess)?[] _known;
    private readonly double _rate;
    private readonly int _nearby;

    /// <param name="nulls">Candidates that are no copies, of at least one image.</param>
    /// <param name="of">Score and excess of a candidate.</param>
    /// <param name="rate">False alarms an image, above 0, at most 0.25.</param>
    public NullTails(IEnumerable<CopyPair> nulls, Func<CopyPair, (double Score, double Excess)> of, double rate)
    {
        var best = nulls.GroupBy(p => p.First).Select(group => Best([.. group], of)).OrderBy(b => b.Places).ToList();
        _rate = rate;
        _places = [.. best.Select(b => b.Places)];
        _best = [.. best.Select(b => b.Best)];
        _nearby = Math.Min(_best.Length, Math.Max(LeastNearby, _best.Length / Quarter));
        _known = new (double, double)?[_best.Length - _nearby + 1];
    }

    /// <summary>What a pair taken over a number of independent places must reach.</summary>
    /// <param name="places">The number.</param>
    public (double Score, double Excess) At(double places)
    {
        var rank = Array.BinarySearch(_places, places);
        var first = Math.Clamp((rank < 0 ? ~rank : rank) - (_nearby / 2), 0, _known.Length - 1);
        if (_known[first] is { } known) return known;
        var nearby = _best.AsSpan(first, _nearby).ToArray();
        var found = (TailThreshold.Of([.. nearby.Select(b => b.Score)]).At(_rate), TailThreshold.Of([.. nearby.Select(b => b.Excess)]).At(_rate));
        _known[first] = found;
        return found;
    }

    private static (double Places, (double Score, double Excess) Best) Best(List<CopyPair> pairs, Func<CopyPair, (double Score, double Excess)> of)
    {
        var scores = pairs.ConvertAll(p => of(p));
        var top = scores.Index().MaxBy(s => s.Item.Score);
        return (pairs[top.Index].Independent, (top.Item.Score, scores.Max(s => s.Excess)));
    }
}
