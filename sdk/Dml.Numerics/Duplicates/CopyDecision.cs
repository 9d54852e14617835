namespace Dml.Numerics;

/// <summary>A pair that is a copy beyond chance.</summary>
/// <param name="First">Smaller index.</param>
/// <param name="Second">Larger index.</param>
/// <param name="Correlation">The larger of both correlations.</param>
/// <param name="Margin">By how much its score exceeds what was asked; at least 0.</param>
internal readonly record struct FoundCopy(int First, int Second, double Correlation, double Margin);

/// <summary>
/// Which candidates are copies (numerics, section 10). Two scores of each pair, in place and as a window, are judged alike: Fisher's z times
/// the root of the independent places it was taken over, and its excess over the fourth best score of either image. Both must exceed the
/// threshold that the best candidates of <b>another class</b> leave for a rate of false alarms an image; where labels give fewer than
/// <see cref="LeastNull"/> of those, the best candidates of any class.
/// </summary>
internal sealed class CopyDecision
{
    /// <summary>Fewer null scores than this say nothing of a tail.</summary>
    public const int LeastNull = 30;

    /// <summary>An image of a texture is like many; a copy is like its own group alone. Groups of up to four are copies of each other.</summary>
    private const int Reference = 4;

    private readonly Dictionary<int, (double InPlace, double Windowed)> _references;
    private readonly double _places;
    private readonly double _rate;
    private readonly (double Score, double Excess) _inPlace;
    private readonly (double Score, double Excess) _windowed;

    /// <param name="pairs">All candidates.</param>
    /// <param name="labels">Class of each image.</param>
    /// <param name="rate">False alarms an image, for each of the two scores half.</param>
    public CopyDecision(IReadOnlyList<CopyPair> pairs, IReadOnlyList<long> labels, double rate)
    {
        _rate = rate / 2;
        _references = pairs.GroupBy(p => p.First).ToDictionary(
            group => group.Key, group => (FourthBest(group.Select(p => p.Score(p.InPlace))), FourthBest(group.Select(p => p.Score(p.Windowed)))));
        double[] places = [.. pairs.Select(p => p.Independent).Order()];
        _places = places.Length == 0 ? 1 : places[places.Length / 2];
        CopyPair[] others = [.. pairs.Where(p => labels[p.First] != labels[p.Second])];
        NullCount = others.Select(p => p.First).Distinct().Count();
        BetweenClasses = NullCount >= LeastNull;
        var nulls = BetweenClasses ? others : pairs;
        if (!BetweenClasses) NullCount = pairs.Select(p => p.First).Distinct().Count();
        (_inPlace, _windowed) = NullCount < LeastNull ? default : (Fit(nulls, InPlace), Fit(nulls, Windowed));
    }

    /// <summary>Images that the null was taken from; below <see cref="LeastNull"/> nothing can be decided.</summary>
    public int NullCount { get; }

    /// <summary>Whether the null is of pairs of different classes.</summary>
    public bool BetweenClasses { get; }

    /// <summary>The correlation that a pair of median independence must reach in place, and as a window.</summary>
    public (double InPlace, double Windowed) Thresholds => (Math.Tanh(_inPlace.Score / Math.Sqrt(_places)), Math.Tanh(_windowed.Score / Math.Sqrt(_places)));

    /// <summary>The pairs that are copies, each once, surest first.</summary>
    public IReadOnlyList<FoundCopy> Find(IReadOnlyList<CopyPair> pairs)
    {
        if (NullCount < LeastNull) return [];
        return [.. pairs
            .Select(p => new FoundCopy(Math.Min(p.First, p.Second), Math.Max(p.First, p.Second), Math.Max(p.InPlace, p.Windowed), Margin(p)))
            .Where(found => found.Margin >= 0)
            .GroupBy(found => (found.First, found.Second)).Select(group => group.MaxBy(found => found.Margin))
            .OrderByDescending(found => found.Margin).ThenBy(found => found.First).ThenBy(found => found.Second)];
    }

    private double Margin(CopyPair pair) => Math.Max(Margin(InPlace(pair), _inPlace), Margin(Windowed(pair), _windowed));

    private static double Margin((double Score, double Excess) found, (double Score, double Excess) least) =>
        Math.Min(found.Score - least.Score, found.Excess - least.Excess);

    private (double Score, double Excess) InPlace(CopyPair pair)
    {
        var score = pair.Score(pair.InPlace);
        return (score, score - Math.Max(ReferenceOf(pair.First).InPlace, ReferenceOf(pair.Second).InPlace));
    }

    private (double Score, double Excess) Windowed(CopyPair pair)
    {
        var score = pair.Score(pair.Windowed);
        return (score, score - Math.Max(ReferenceOf(pair.First).Windowed, ReferenceOf(pair.Second).Windowed));
    }

    private (double InPlace, double Windowed) ReferenceOf(int image) =>
        _references.TryGetValue(image, out var known) ? known : (double.NegativeInfinity, double.NegativeInfinity);

    /// <summary>Thresholds from the best candidate of each image.</summary>
    private (double Score, double Excess) Fit(IReadOnlyList<CopyPair> nulls, Func<CopyPair, (double Score, double Excess)> of)
    {
        var best = nulls.GroupBy(p => p.First).Select(group => group.Select(of).ToList()).ToList();
        var scores = TailThreshold.Of([.. best.Select(b => b.Max(s => s.Score))]);
        return (scores.At(_rate), TailThreshold.Of([.. best.Select(b => b.Max(s => s.Excess))]).At(_rate));
    }

    private static double FourthBest(IEnumerable<double> scores)
    {
        double[] sorted = [.. scores.OrderDescending()];
        return sorted[Math.Min(Reference, sorted.Length) - 1];
    }
}
