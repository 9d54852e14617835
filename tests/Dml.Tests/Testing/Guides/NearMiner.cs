namespace Dml.Plugins;

/// <summary>All positives, and the negatives that lie near their anchor.</summary>
[Plugin("near")]
public sealed class NearMiner(NearOptions options) : IPairMiner
{
    public MinedPairs Choose(PairCandidates pairs) => new(pairs.Positives, pairs.Negatives.logical_and(pairs.Cosines > options.Cosine));
}
