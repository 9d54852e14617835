using Dml.Numerics;

namespace Dml.Testing;

/// <summary>For each anchor how far its negatives reach beyond its positives: the logarithm of the sum of exponentials of ten times the cosines.</summary>
internal sealed class TenfoldPairLoss : PairLoss
{
    private const double Scale = 10;

    protected override IReadOnlyList<PairTerm> TermsAt(PairBlock pairs) =>
        [new(pairs.LogSum(pairs.Cosines * Scale, pairs.Negatives, one: true) + pairs.LogSum(pairs.Cosines * -Scale, pairs.Positives, one: true))];
}
