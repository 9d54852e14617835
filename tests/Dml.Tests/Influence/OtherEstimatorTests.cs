using Dml.Numerics;
using Dml.Plugins;
using Dml.Testing;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Influence;

/// <summary>TracIn, similarity and random scores against plain loops.</summary>
public class OtherEstimatorTests
{
    public static TheoryData<string> Names => ["tracin", "similarity", "random"];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_estimator_keeps_the_contract(string name) => EstimatorConformance.Check(() => Make(name));

    [Theory]
    [InlineData(0, null)]
    [InlineData(2, null)]
    [InlineData(0, new[] { 0.25 })]
    [InlineData(2, new[] { 0.3, 2, 0.01 })]
    public void TracIn_equals_the_gradient_products_of_whole_weights(int earlier, double[]? rates)
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        var context = problem.Context with
        {
            Checkpoints = [.. Enumerable.Range(0, earlier).Select(i => problem.Context with
            {
                HeadWeight = problem.Context.HeadWeight + (randn_like(problem.Context.HeadWeight) * 0.1),
                TrainFeatures = problem.Context.TrainFeatures + (i * 0.1),
            })],
        };
        using var scores = Score(new TracInEstimator(new() { LearningRate = 0.5, Rates = rates }), context);
        foreach (var (row, confusion) in new[] { SmallProblem.Pair, SmallProblem.Group }.Index())
        {
            var expected = new double[context.TrainCount];
            foreach (var (t, moment) in context.Checkpoints.Append(context).Index()) AddGradientProducts(expected, moment, confusion, rates?[t] ?? 0.5);
            AssertClose(expected, scores.Harm[row]);
        }
    }

    [Theory]
    [InlineData("[0.1]", new[] { 0.1 })]
    [InlineData("[0.1, 0.2, 0]", new[] { 0.1, 0.2, 0 })]
    public void TracIn_refuses_rates_that_are_not_one_for_each_moment(string found, double[] rates)
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var checkpoints = new CheckpointedProblem(problem.Context);
        var error = Assert.Throws<DmlException>(() => Score(new TracInEstimator(new() { Rates = rates }), checkpoints.Context));
        Assert.Equal(
            "estimator.rates: expected 3 numbers above 0, one for each checkpoint, oldest first, and the trained model's last, found "
                + found + "; give as many, give as many checkpoints, or leave it out to weigh all alike.", error.Message);
        Score(new TracInEstimator(new() { Rates = [0.1, 0.2, 0.3] }), checkpoints.Context).Dispose();
    }

    /// <summary>Of a loss that is no mean of samples too.</summary>
    [Fact]
    public void Rates_of_TracIn_weigh_the_shares_of_each_moment()
    {
        using var problem = new SmallProblem(shape => new ProxyAnchorLoss(new() { Scale = 4 }, shape), float64);
        var earlier = problem.Context with { HeadWeight = problem.Context.HeadWeight * 0.7 };
        using var both = Score(new TracInEstimator(new() { Rates = [3, 0.5] }), problem.Context with { Checkpoints = [earlier] });
        using var first = Score(new TracInEstimator(new()), earlier);
        using var second = Score(new TracInEstimator(new()), problem.Context);
        using var scope = NewDisposeScope();
        AssertClose(((first.Harm[0] * 3) + (second.Harm[0] * 0.5)).data<double>().ToArray(), both.Harm[0]);
    }

    [Fact]
    public void Similarity_is_the_mean_cosine_to_the_items()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var scope = NewDisposeScope();
        var context = problem.Context;
        using var scores = Score(new SimilarityEstimator(), context);
        var (train, test) = (Embed(context, context.TrainFeatures), Embed(context, context.TestFeatures));
        foreach (var (row, confusion) in new[] { SmallProblem.Pair, SmallProblem.Group }.Index())
        {
            int[] items = [.. confusion.Pairs.SelectMany(p => new[] { p.Anchor, p.Neighbour }).Distinct()];
            AssertClose([.. train.Select(e => items.Average(j => Dot(e, test[j]) / Math.Sqrt(Dot(e, e) * Dot(test[j], test[j]))))], scores.Harm[row]);
        }
    }

    [Fact]
    public void Random_scores_are_standard_normal_and_depend_on_seed_target_and_sample_alone()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var scope = NewDisposeScope();
        var context =
            problem.Context with { TrainFeatures = problem.Context.TrainFeatures.repeat(1000, 1), TrainLabels = problem.Context.TrainLabels.repeat(1000) };
        using var scores = Score(new RandomEstimator(new() { Seed = 4 }), context);
        using var again = Score(new RandomEstimator(new() { Seed = 4 }), context);
        using var other = Score(new RandomEstimator(new() { Seed = 5 }), context);
        Assert.True(scores.Harm.equal(again.Harm).all().item<bool>());
        var pair = scores.Harm[0];
        var n = pair.numel();
        Assert.InRange(pair.mean().item<double>(), -4 / Math.Sqrt(n), 4 / Math.Sqrt(n));
        Assert.InRange(pair.square().mean().item<double>(), 1 - (6 / Math.Sqrt(n)), 1 + (6 / Math.Sqrt(n)));
        Assert.InRange(pair.pow(4).mean().item<double>(), 2.8, 3.2);
        foreach (var unrelated in new[] { scores.Harm[1], other.Harm[0] })
        {
            Assert.InRange((pair * unrelated).mean().item<double>(), -4 / Math.Sqrt(n), 4 / Math.Sqrt(n));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Rankings_stay_as_they_are(string name)
    {
        // The last digits of float32 are those of the processor's kernels.
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var scores = Score(Make(name), problem.Context);
        var text = string.Join("\n", scores.Targets.Select((target, row) =>
        {
            var harm = scores.Harm[row].data<double>().ToArray();
            var order = Enumerable.Range(0, harm.Length).OrderByDescending(i => harm[i]);
            return $"{target.Confusion.Name}, path {target.Path}, d = {target.Distance:F6}\n" + string.Concat(order.Select(i => $"  {i,2} {harm[i],10:F5}\n"));
        }));
        Snapshot.Verify(text, name);
    }

    private static IInfluenceEstimator Make(string name) => name switch
    {
        "tracin" => new TracInEstimator(new()),
        "similarity" => new SimilarityEstimator(),
        _ => new RandomEstimator(new()),
    };

    private static HarmScores Score(IInfluenceEstimator estimator, InfluenceContext context)
    {
        using (estimator)
        {
            estimator.Prepare(context, SilentProgress.Instance, CancellationToken.None);
            return estimator.Score(context, [SmallProblem.Pair, SmallProblem.Group], SilentProgress.Instance, CancellationToken.None);
        }
    }

    /// <summary>Word for word: both gradients in the whole W by automatic differentiation, one sample at a time.</summary>
    private static void AddGradientProducts(double[] harm, InfluenceContext context, Confusion confusion, double rate)
    {
        using var scope = NewDisposeScope();
        var weight = context.HeadWeight.detach().clone().requires_grad_();
        var unit = nn.functional.normalize(context.TestFeatures.mm(weight.t()) + context.HeadBias, dim: 1);
        var distance = stack(confusion.Pairs.Select(p => (unit[p.Anchor] - unit[p.Neighbour]).square().sum())).mean();
        var ascent = Gradients.Of(distance, weight);
        for (var i = 0; i < harm.Length; i++)
        {
            var own = context.HeadWeight.detach().clone().requires_grad_();
            var loss = context.Loss.PerSample(context.TrainFeatures.narrow(0, i, 1).mm(own.t()) + context.HeadBias, context.TrainLabels.narrow(0, i, 1)).sum();
            harm[i] += rate * (ascent * Gradients.Of(loss, own)).sum().item<double>();
        }
    }

    private static double[][] Embed(InfluenceContext context, Tensor features)
    {
        var embedded = features.mm(context.HeadWeight.t()) + context.HeadBias;
        return [.. Enumerable.Range(0, (int)embedded.shape[0]).Select(i => embedded[i].data<double>().ToArray())];
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static void AssertClose(double[] expected, Tensor found)
    {
        var scale = expected.Max(Math.Abs);
        Assert.All(expected.Zip(found.data<double>().ToArray()), x => Assert.Equal(x.First, x.Second, 1e-12 * scale));
    }
}
