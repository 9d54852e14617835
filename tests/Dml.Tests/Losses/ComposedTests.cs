using Dml.Numerics;
using Dml.Plugins;
using Dml.Tests.Influence;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Losses;

public sealed class ComposedTests
{
    private static readonly (double Weight, string Loss)[] Parts =
    [
        (0.7, "\"proxy-nca-pp\""), (1.3, """{ "name": "softtriple", "centers": 2 }"""), (0.5, """{ "name": "triplet", "soft": true }"""),
        (2, """{ "name": "proxy-anchor", "scale": 8 }"""), (0.25, "\"supcon\""),
    ];

    [Theory]
    [InlineData(ScalarType.Float32, 1e-6)]
    [InlineData(ScalarType.Float64, 1e-13)]
    public void Values_and_gradients_are_the_weighted_sums_of_the_parts(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        var shape = new LossShape(4, 6, dtype, CPU);
        using var composed = ChosenLosses.Make(ChosenLosses.Composed(Parts), shape);
        Assert.Equal(["0.proxies", "1.proxies", "3.proxies"], composed.Parameters.Select(p => p.Name));
        Assert.False(composed.IsMeanOfSamples);
        var parts = Apart(composed, shape);
        using var generator = new Generator(4);
        var embeddings = randn([15, 6], dtype: dtype, generator: generator).requires_grad_();
        var labels = arange(15).remainder(4);
        foreach (var weights in new[] { null, linspace(0, 2, 15, dtype: dtype) })
        {
            var value = composed.BatchLoss(embeddings, labels, weights) + composed.Regularizer()!;
            var expected = Sum(parts.Select((p, k) => p.BatchLoss(embeddings, labels, weights) * Parts[k].Weight))
                + (parts[1].Regularizer()! * Parts[1].Weight);
            AssertClose(expected, value, tolerance);
            var theirs = parts.SelectMany(p => p.Parameters).Select(p => (Tensor)p.Value).Prepend(embeddings).ToArray();
            var ours = composed.Parameters.Select(p => (Tensor)p.Value).Prepend(embeddings).ToArray();
            foreach (var (one, other) in Gradients.Of(expected, theirs).Zip(Gradients.Of(value, ours))) AssertClose(one, other, tolerance * 10);
        }

        AssertClose(
            Sum(parts.Select((p, k) => p.PerSample(embeddings, labels) * Parts[k].Weight)), composed.PerSample(embeddings, labels), tolerance);
        foreach (var part in parts) part.Dispose();
    }

    [Theory]
    [InlineData(ShareBasis.Batches)]
    [InlineData(ShareBasis.Full)]
    public void Shares_and_their_derivatives_are_the_weighted_sums_of_the_parts(ShareBasis of)
    {
        using var scope = NewDisposeScope();
        using var problem = new PairProblem(shape => ChosenLosses.Make(ChosenLosses.Composed(Parts), shape), of);
        var context = problem.Context;
        var shares = new LossShares(context, problem.Options);
        var parts = Apart(context.Loss, new(3, 4, float64, CPU));
        var theirs = parts.Select(p => new LossShares(context with { Loss = p }, problem.Options)).ToList();
        AssertClose(Sum(theirs.Select((s, k) => s.Of(context.HeadWeight) * Parts[k].Weight)), shares.Of(context.HeadWeight), 1e-12);
        using var generator = new Generator(5);
        var directions = randn([3, 4, 5], dtype: float64, generator: generator);
        AssertClose(Sum(theirs.Select((s, k) => s.Along(directions) * Parts[k].Weight)), shares.Along(directions), 1e-12);
        AssertClose(Sum(theirs.Select((s, k) => s.Multiply(directions) * Parts[k].Weight)), shares.Multiply(directions), 1e-12);
        AssertClose(tensor(problem.Shares(context.HeadWeight)), shares.Of(context.HeadWeight), 1e-6);
        foreach (var part in parts) part.Dispose();
    }

    [Theory]
    [InlineData("\"triplet\"")]
    [InlineData("\"proxy-anchor\"")]
    [InlineData("\"proxy-nca-pp\"")]
    public void One_part_of_weight_1_is_explained_as_that_part_to_the_bit(string part)
    {
        using var scope = NewDisposeScope();
        using var problem = new PairProblem(shape => ChosenLosses.Make(ChosenLosses.Composed((1, part)), shape), ShareBasis.Batches);
        var context = problem.Context;
        using var alone = ChosenLosses.Make(part, new(3, 4, float64, CPU));
        Copy(context.Loss, alone);
        Assert.Equal(alone.Parameters.Select(p => p.Name), context.Loss.Parameters.Select(p => p.Name));
        var exact = alone.IsMeanOfSamples ? IfSolver.Exact : IfSolver.Cg;
        Func<IInfluenceEstimator>[] estimators =
        [
            () => new EifEstimator(new() { Path = EifPath.General }), () => new TracInEstimator(new()),
            () => new IfEstimator(new() { Solver = exact, Lambda = 500 }),
        ];
        foreach (var make in estimators)
        {
            var (ours, theirs) = (Scores(make(), context), Scores(make(), context with { Loss = alone }));
            if (make() is IfEstimator && alone.IsMeanOfSamples) AssertClose(theirs, ours, 1e-12);
            else Assert.True(ours.equal(theirs).all().item<bool>(), make().GetType().Name);
        }

        foreach (var make in new Func<ITrainingScorer>[] { () => new SelfInfluenceScorer(), () => new LossScorer() })
        {
            Assert.True(Suspicion(make(), context).equal(Suspicion(make(), context with { Loss = alone })).all().item<bool>(), make().GetType().Name);
        }
    }

    [Fact]
    public void A_sum_of_means_is_a_mean_that_estimators_take_sample_by_sample()
    {
        using var loss = ChosenLosses.Make(ChosenLosses.Composed((1, "\"arcface\""), (2, "\"cosface\"")), new(3, 4, float64, CPU));
        Assert.True(loss.IsMeanOfSamples);
    }

    [Theory]
    [InlineData(
        """{ "name": "composed", "parts": [] }""", "loss.parts: expected at least one loss with its weight, found an empty list; name the losses to sum.")]
    [InlineData(
        """{ "name": "composed", "parts": [ { "loss": "triplet" }, { "loss": { "name": "composed", "parts": [] } } ] }""",
        "loss.parts[1].loss.parts: expected at least one loss with its weight, found an empty list; name the losses to sum.")]
    [InlineData(
        """{ "name": "composed", "parts": [ { "loss": "proxy-nca" } ] }""",
        "loss.parts[0].loss.ownInDenominator: expected at least 2 training classes for proxy-nca, whose denominator is the others, found 1; "
            + "set it to true or add classes.")]
    public void What_a_part_refuses_is_told_where_it_stands(string section, string message) => Assert.Equal(
        message, Assert.Throws<DmlException>(() => ChosenLosses.Make(section, new(1, 4, float64, CPU))).Message);

    /// <summary>The parts by themselves, with the parameters of the composed loss.</summary>
    private static List<IMetricLoss> Apart(IMetricLoss composed, LossShape shape)
    {
        List<IMetricLoss> parts = [.. Parts.Select(p => ChosenLosses.Make(p.Loss, shape))];
        using var noGradient = no_grad();
        foreach (var (to, from) in parts.SelectMany(p => p.Parameters).Zip(composed.Parameters)) to.Value.copy_(from.Value);
        return parts;
    }

    private static void Copy(IMetricLoss from, IMetricLoss to)
    {
        using var noGradient = no_grad();
        foreach (var (target, source) in to.Parameters.Zip(from.Parameters)) target.Value.copy_(source.Value);
    }

    private static Tensor Scores(IInfluenceEstimator estimator, InfluenceContext context)
    {
        using (estimator)
        {
            estimator.Prepare(context, new SilentProgress(), CancellationToken.None);
            return estimator.Score(context, [SmallProblem.Pair, SmallProblem.Group], new SilentProgress(), CancellationToken.None).Harm;
        }
    }

    private static Tensor Suspicion(ITrainingScorer scorer, InfluenceContext context)
    {
        using (scorer)
        {
            scorer.Prepare(context, new SilentProgress(), CancellationToken.None);
            return scorer.Score(new(0, context.TrainCount));
        }
    }

    private static Tensor Sum(IEnumerable<Tensor> terms) => terms.Aggregate((a, b) => a + b);

    private static void AssertClose(Tensor expected, Tensor actual, double tolerance) =>
        Assert.InRange(PlainRows.RelativeError(expected, actual), 0, tolerance);
}
