using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Testing;

/// <summary>What a loss promises of the value of a batch.</summary>
internal static class LossBatchChecks
{
    private const string FlatShares =
        "expected derivatives in the weights that move with the embeddings, found the same at any embedding; estimators explain a sample's share of the loss, "
        + "its derivative in the sample's weight, so use the weights that are given.";

    public static void Check(LossProblem problem)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var weights = problem.Weights();
        var weighted = Form(problem, weights, "return a scalar: the loss of the whole batch");
        var plain = Form(problem, null, "return a scalar: the loss of the whole batch");
        Form(problem, zeros_like(weights), "return a scalar, 0 for instance, where every sample is left out");
        var member = problem.Member("BatchLoss");
        Expect.Close(
            plain, problem.BatchLoss(ones_like(weights)), problem.Rounding, member,
            "the same value for weights of 1 as for none", "let null stand for a weight of 1 throughout");
        if (problem.Loss.IsMeanOfSamples) Mean(problem, weights, plain, weighted);
        else OfShares(problem, weights);
    }

    private static Tensor Form(LossProblem problem, Tensor? weights, string remedy)
    {
        var value = problem.BatchLoss(weights);
        Expect.Form(value, [], problem.Precision, problem.Member("BatchLoss"), remedy);
        return value;
    }

    private static void Mean(LossProblem problem, Tensor weights, Tensor plain, Tensor weighted)
    {
        const string Remedy = "leave BatchLoss to the contract, or let IsMeanOfSamples be false";
        var (values, member) = (problem.PerSample(), problem.Member("BatchLoss"));
        Expect.Close(values.mean(), plain, problem.Rounding, member, "the mean of PerSample's values", Remedy);
        Expect.Close(
            (values * weights).mean(), weighted, problem.Rounding, member, "mean(w l) over PerSample's values l, divided by the number of samples", Remedy);
    }

    private static void OfShares(LossProblem problem, Tensor weights)
    {
        Expect.That(LossDependence.OnEmbeddings(problem.Loss, problem.Embeddings, problem.Labels), $"{problem.Member("BatchLoss")}: {FlatShares}");
        LeavingOut(problem, weights);
        if (problem.Loss is PairLoss pairs) Expect.On("docs/losses.md#writing-a-loss-of-pairs", () => PairWeightChecks.Check(pairs, problem));
    }

    /// <summary>
    /// Weight 0 is leaving out. A loss may divide by all samples or by those that are kept, a sum of losses by either, so its value lies between the two.
    /// </summary>
    private static void LeavingOut(LossProblem problem, Tensor weights)
    {
        const string Remedy = "weight each pair with the product of its samples' weights, and choose no sample of weight 0";
        var member = problem.Member("BatchLoss");
        var kept = weights > 0;
        var zeroOrOne = kept.to(problem.Precision);
        var chosen = kept.nonzero().squeeze(1);
        var without = problem.BatchLoss(problem.Embeddings.index_select(0, chosen), problem.Labels.index_select(0, chosen), null).to(float64).item<double>();
        var value = problem.BatchLoss(zeroOrOne);
        var (found, share) = (value.to(float64).item<double>(), chosen.shape[0] / (double)weights.shape[0]);
        var (low, high) = (Math.Min(without, without * share), Math.Max(without, without * share));
        var slack = problem.Rounding * Math.Max(Math.Abs(without), 1e-30);
        Expect.That(
            found >= low - slack && found <= high + slack,
            $"{member}: expected the loss of the other samples, {without:G6}, or {share:G3} times that, for weights of 0 and 1, found {found:G6}; {Remedy}.");
        var moved = where(kept.unsqueeze(1), problem.Embeddings, problem.Embeddings.roll(1, 0) * -3);
        var relabelled = where(kept, problem.Labels, problem.Labels.roll(1, 0));
        Expect.Close(
            value, problem.BatchLoss(moved, relabelled, zeroOrOne), problem.Rounding, member, "the same value wherever samples of weight 0 lie", Remedy);
    }
}
