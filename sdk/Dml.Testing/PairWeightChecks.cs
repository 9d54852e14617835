using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Testing;

/// <summary>
/// Whether a loss of pairs multiplies with the weights of partners. Its base leaves those of weight 0 out of the masks and multiplies with the anchors' own
/// weights, so that a loss without the partners' is right for weights of 0 and 1, and wrong in what estimators take: the slopes at 1.
/// </summary>
internal static class PairWeightChecks
{
    public static void Check(PairLoss loss, LossProblem problem)
    {
        using var scope = NewDisposeScope();
        var probe = new Probe(loss);
        var units = nn.functional.normalize(problem.Embeddings.detach(), dim: 1);
        var same = problem.Labels.unsqueeze(0).eq(problem.Labels.unsqueeze(1));
        var count = problem.Labels.shape[0];
        var weights = ones([count], dtype: units.dtype);
        var pairs = new PairBlock(units.mm(units.t()), same.logical_and(eye(count, dtype: @bool).logical_not()), same.logical_not(), weights);
        var (values, slopes) = (probe.Values(pairs), Slopes(probe, pairs));
        var changes = stack([.. Enumerable.Range(0, (int)count).Select(partner => (Without(probe, pairs, partner) - values).abs())], 1);
        var least = 1000 * problem.Rounding * Math.Max(values.abs().max().to(float64).item<double>(), 1e-30);
        foreach (var (role, name) in new[] { (pairs.Positives, "Positives"), (pairs.Negatives, "Negatives") })
        {
            var change = changes.masked_fill(role.logical_not(), 0).max().to(float64).item<double>();
            var slope = slopes.masked_fill(role.logical_not(), 0).abs().max().to(float64).item<double>();
            Expect.That(
                change <= least || slope > 0,
                $"{loss.GetType().Name}.TermsAt: expected a partner's weight to count among pairs.{name}, found a slope of 0 in all "
                    + $"{role.sum().item<long>()} of them, though leaving one out changes its anchor's value by up to {change:G3}; multiply what a pair adds "
                    + $"with pairs.WeightsOf(chosen), or sum with pairs.LogSum: a mask alone is not enough.");
        }
    }

    /// <summary>Each anchor's value differentiated in each partner's weight, (N, N).</summary>
    private static Tensor Slopes(Probe probe, PairBlock pairs)
    {
        using var gradient = enable_grad();
        var weights = pairs.Weights.detach().clone().requires_grad_();
        var values = probe.Values(pairs with { Weights = weights });
        if (!values.requires_grad) return zeros_like(pairs.Cosines);
        return stack([.. Enumerable.Range(0, (int)values.shape[0]).Select(anchor => Gradients.Kept(values[anchor], [weights])[0])], 0).detach();
    }

    private static Tensor Without(Probe probe, PairBlock pairs, long partner)
    {
        var others = arange(pairs.Weights.shape[0]).ne(partner);
        return probe.Values(new(pairs.Cosines, pairs.Positives.logical_and(others), pairs.Negatives.logical_and(others), pairs.Weights));
    }

    /// <summary>Opens the terms of a loss, which stays its owner's.</summary>
    private sealed class Probe(PairLoss loss) : PairLossAround(loss)
    {
        /// <summary>Of each anchor the sum of its terms' values, (N), whatever they are divided by.</summary>
        public Tensor Values(PairBlock pairs) => TermsAt(pairs).Select(term => term.Values).Aggregate((a, b) => a + b);
    }
}
