using static TorchSharp.torch;

namespace Dml.Testing;

/// <summary>What a loss promises of the value of a batch.</summary>
internal static class LossBatchChecks
{
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
        else Repeats(problem, weights, weighted);
        BatchOfOne(problem);
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

    private static void Repeats(LossProblem problem, Tensor weights, Tensor weighted)
    {
        var counts = weights.to(float64).data<double>().ToArray();
        var chosen = tensor(counts.SelectMany((count, i) => Enumerable.Repeat((long)i, (int)count)).ToArray());
        var repeated = problem.BatchLoss(problem.Embeddings.index_select(0, chosen), problem.Labels.index_select(0, chosen), null);
        Expect.Close(
            repeated, weighted, problem.Rounding, problem.Member("BatchLoss"),
            "the same value for weights 0, 1, 2, .. as for samples left out and repeated", "let weight w count a sample w times in every sum of the batch");
    }

    private static void BatchOfOne(LossProblem problem)
    {
        var (values, count) = (problem.PerSample(), (int)problem.Labels.shape[0]);
        var alone = stack(
            [.. Enumerable.Range(0, count).Select(i => problem.BatchLoss(problem.Embeddings.narrow(0, i, 1), problem.Labels.narrow(0, i, 1), null))]);
        Expect.Close(
            values, alone, problem.Rounding, problem.Member("BatchLoss"),
            "PerSample's value for a batch of one", "make both the same formula; estimators explain PerSample, the trainer minimises BatchLoss");
    }
}
