namespace Dml.Plugins;

/// <summary>Options of the gap miner.</summary>
public sealed record GapOptions
{
    /// <summary>
    /// Of an anchor only those negatives count that are less than this farther than its farthest positive, and those positives that are less than this
    /// nearer than its nearest negative, as cosines.
    /// </summary>
    [Range(0, 2)]
    public double Epsilon { get; init; } = 0.1;
}

/// <summary>
/// The miner of multi-similarity (Wang, Han, Huang, Dong, Scott, CVPR 2019, equations 10 and 11): pairs that are nearly as hard as the hardest of the other
/// kind. An anchor without positives has no negative, and the other way round.
/// </summary>
[Plugin("gap")]
public sealed class GapMiner(GapOptions options) : IPairMiner
{
    /// <inheritdoc/>
    public MinedPairs Choose(PairCandidates pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        var farthest = pairs.Cosines.masked_fill(pairs.Positives.logical_not(), double.PositiveInfinity).amin([1], keepdim: true);
        var nearest = pairs.Cosines.masked_fill(pairs.Negatives.logical_not(), double.NegativeInfinity).amax([1], keepdim: true);
        return new(
            pairs.Positives.logical_and(pairs.Cosines < nearest + options.Epsilon), pairs.Negatives.logical_and(pairs.Cosines > farthest - options.Epsilon));
    }
}
