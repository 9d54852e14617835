using Dml.Numerics;

namespace Dml.Plugins;

/// <summary>Pulls positives together and pushes negatives apart, all pairs alike: <c>v_a = sum_n w_n c_an - sum_p w_p c_ap</c>.</summary>
[Plugin("all-pairs")]
public sealed class AllPairsLoss : PairLoss
{
    /// <inheritdoc/>
    protected override IReadOnlyList<PairTerm> TermsAt(PairBlock pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        var weights = pairs.WeightsOf(pairs.Negatives) - pairs.WeightsOf(pairs.Positives);
        return [new((pairs.Cosines * weights).sum(1))];
    }
}
