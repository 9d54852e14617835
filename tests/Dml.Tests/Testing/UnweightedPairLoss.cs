using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Testing;

/// <summary>A loss of pairs in which the partners of one kind count whatever they weigh.</summary>
internal sealed class UnweightedPairLoss(bool positives) : PairLoss
{
    protected override IReadOnlyList<PairTerm> TermsAt(PairBlock pairs) =>
        [new((pairs.Cosines * (Weights(pairs, pairs.Negatives, !positives) - Weights(pairs, pairs.Positives, positives))).sum(1))];

    private static Tensor Weights(PairBlock pairs, Tensor chosen, bool ignores) => ignores ? chosen.to(pairs.Cosines.dtype) : pairs.WeightsOf(chosen);
}
