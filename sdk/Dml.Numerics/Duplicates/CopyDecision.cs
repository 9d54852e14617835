namespace Dml.Numerics;

/// <summary>A pair that is a copy beyond chance.</summary>
/// <param name="First">Smaller index.</param>
/// <param name="Second">Larger index.</param>
/// <param name="Correlation">The larger of both correlations.</param>
/// <param name="Margin">By how much its score exceeds what was asked; at least 0.</param>
internal readonly record struct FoundCopy(int First, int Second, double Correlation, double Margin);

/// <summary>
/// Which candidates are copies (numerics, section 10). Two scores of each pair, in place and as a window, are judged alike: Fisher's z of its
/// correlation, and its excess over the fourth best score of either image. Both must exceed the threshold that the best candidates of
/// <b>another class</b>, taken over about as many independent places, leave for a rate of false alarms an image; where labels give fewer
/// than <see cref="LeastNull"/> of those, the best candidates of any class.
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
    private readonly NullTails? _inPlace;
    private readonly NullTails? _windowed;

    /// <param name="pairs">All candidates.</param>
    /// <param name="labels">Class of each image.</param>
    /// <param name="rate">False alarms an image, for each of the two scores half.</param>
    public CopyDecision(IReadOnlyList<CopyPair> pairs, IReadOnlyList<long> labels, double rate)
    {
        _rate = rate / 2;
        _references = pairs.GroupBy(p => p.First).ToDictionary(
            group => group.Key, group => (FourthBest(group.Select(p => p.InPlace)), FourthBest(group.Select(p => p.Windowed))));
        double[] places = [.. pairs.Select(p => p.Independent).Order()];
        _places = places.Length == 0 ? 1 : places[places.Length / 2];
        CopyPair[] others = [.. pairs.Where(p => labels[p.First] != labels[p.Second])];
        NullCount = others.Select(p => p.First).Distinct().Count();
        BetweenClasses = NullCount >= LeastNull;
        var nulls = BetweenClasses ? others : pairs;
        if (!BetweenClasses) NullCount = pairs.Select(p => p.First).Distinct().Count();
        if (NullCount >= LeastNull) (_inPlace, _windowed) = (new(nulls, InPlace, _rate), new(nulls, Windowed, _rate));
    }

    /// <summary>Images that the null was taken from; below <see cref="LeastNull"/> nothing can be decided.</summary>
    public int NullCount { get; }

    /// <summary>Whether the null is of pairs of different classes.</summary>
    public bool BetweenClasses { get; }

    /// <summary>The correlation that a pair of median independence must reach in place, and as a window.</summary>
    public (double InPlace, double Windowed) Thresholds => (Math.Tanh(_inPlace?.At(_places).Score ?? 0), Math.Tanh(_windowed?.At(_places).Score ?? 0));

    /// <summary>The pairs that are copies, each once, surest first.</summary>
    public IReadOnlyList<FoundCopy> Find(IReadOnlyList<CopyPair> pairs)
    {
        if (_inPlace is null || _windowed is null) return [];
        return [.. pairs
            .Select(p => new FoundCopy(
                Math.Min(p.First, p.Second), Math.Max(p.First, p.Second), Math.Max(p.InPlace, p.Windowed),
                Math.Max(Margin(InPlace(p), _inPlace.At(p.Independent)), Margin(Windowed(p), _windowed.At(p.Independent)))))
            .Where(found => found.Margin >= 0)
            .GroupBy(found => (found.First, found.Second)).Select(group => group.MaxBy(found => found.Margin))
            .OrderByDescending(found => found.Margin).ThenBy(found => found.First).ThenBy(found => found.Second)];
    }

    private static double Margin((double Score, double Excess) found, (double Score, double Excess) least) =>
        Math.Min(found.Score - least.Score, found.Excess - least.Excess);

    private (double Score, double Excess) InPlace(CopyPair pair)
    {
        var score = CopyPair.Fisher(pair.InPlace);
        return (score, score - Math.Max(ReferenceOf(pair.First).InPlace, ReferenceOf(pair.Second).InPlace));
    }

    private (double Score, double Excess) Windowed(CopyPair pair)
    {
        var score = CopyPair.Fisher(pair.Windowed);
        return (score, score - Math.Max(ReferenceOf(pair.First).Windowed, ReferenceOf(pair.Second).Windowed));
    }

    private (double InPlace, double Windowed) ReferenceOf(int image) =>
        _references.TryGetValue(image, out var known) ? known : (double.NegativeInfinity, double.NegativeInfinity);

    private static double FourthBest(IEnumerable<double> correlations)
    {
        double[] sorted = [.. correlations.OrderDescending()];
        return CopyPair.Fisher(sorted[Math.Min(Reference, sorted.Length) - 1]);
    }
}
