using Dml.Plugins;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Influence;

public sealed class EifOracleTests
{
    [Theory]
    [InlineData(EifPath.Fast)]
    [InlineData(EifPath.General)]
    public void Harm_equals_a_walk_of_the_whole_weight_by_automatic_differentiation(EifPath path)
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        foreach (var (steps, learningRate, stopAt) in new[] { (5, 0.05, 4.0), (50, 0.02, 0.3) })
        {
            using var scores = Score(problem, new() { Steps = steps, LearningRate = learningRate, StopAt = stopAt, Path = path });
            foreach (var (row, confusion) in new[] { SmallProblem.Pair, SmallProblem.Group }.Index())
            {
                var (harm, walks) = Oracle(problem.Context, confusion, steps, learningRate, stopAt);
                Assert.Equal(walks, scores.Targets[row].Directions.Select(d => d.Steps));
                foreach (var (expected, actual) in harm.Zip(scores.Harm[row].data<double>().ToArray())) Assert.Equal(expected, actual, 1e-12);
            }
        }
    }

    [Theory]
    [MemberData(nameof(IfOracleTests.Kinds), MemberType = typeof(IfOracleTests))]
    public void The_fast_path_of_each_loss_equals_the_walk_of_the_whole_weight(IfOracleTests.Kind kind)
    {
        using var problem = new SmallProblem(shape => IfOracleTests.Make(kind, shape), float64);
        using var scores = Score(problem, new() { Steps = 5, LearningRate = 0.05, StopAt = 4, Path = EifPath.Fast });
        foreach (var (row, confusion) in new[] { SmallProblem.Pair, SmallProblem.Group }.Index())
        {
            var (harm, _) = Oracle(problem.Context, confusion, 5, 0.05, 4);
            foreach (var (expected, actual) in harm.Zip(scores.Harm[row].data<double>().ToArray())) Assert.Equal(expected, actual, 1e-11);
        }
    }

    [Fact]
    public void A_loss_that_is_no_function_of_cosines_takes_the_general_path()
    {
        using var problem = new SmallProblem(shape => new CentreLoss(shape), float32);
        using var scores = Score(problem, new());
        Assert.All(scores.Targets, t => Assert.Equal("general", t.Path));
        Assert.Equal(float32, scores.Harm.dtype);
        var (harm, _) = Oracle(problem.Context, SmallProblem.Pair, 50, 1e-3, 1);
        foreach (var (expected, actual) in harm.Zip(scores.Harm[0].data<float>().ToArray())) Assert.Equal(expected, actual, 1e-5 * harm.Max(Math.Abs));
    }

    [Fact]
    public void The_fast_path_refuses_a_loss_that_is_no_function_of_cosines()
    {
        using var problem = new SmallProblem(shape => new CentreLoss(shape), float32);
        var error = Assert.Throws<DmlException>(() => Score(problem, new() { Path = EifPath.Fast }));
        Assert.Equal(
            "estimator.path: expected auto or general for CentreLoss, found fast; the fast path needs a loss of proxy cosines (IProxyLoss).", error.Message);
    }

    [Fact]
    public void A_walk_that_blows_up_is_told_and_never_gives_NaN()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float32);
        using (no_grad()) problem.Context.TrainFeatures.mul_(1e30f);
        var error = Assert.Throws<DmlException>(() => Score(problem, new() { LearningRate = 1000, StopAt = 4, Steps = 50 }));
        Assert.StartsWith("Expected finite influence", error.Message);
    }

    [Fact]
    public void Rankings_stay_as_they_are()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var scores = Score(problem, new() { Steps = 20, LearningRate = 0.01 });
        var text = string.Join("\n", scores.Targets.Select((target, row) =>
        {
            var harm = scores.Harm[row].data<double>().ToArray();
            var order = Enumerable.Range(0, harm.Length).OrderByDescending(i => harm[i]);
            return $"{target.Confusion.Name}, path {target.Path}, d = {target.Distance:F6}\n" + string.Concat(order.Select(i => $"  {i,2} {harm[i],10:F6}\n"));
        }));
        Snapshot.Verify(text);
    }

    [Fact]
    public void Cancelling_stops_a_call()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float32);
        using var estimator = new EifEstimator(new());
        estimator.Prepare(problem.Context, SilentProgress.Instance, CancellationToken.None);
        Assert.ThrowsAny<OperationCanceledException>(() => estimator.Score(problem.Context, [SmallProblem.Pair], SilentProgress.Instance, new(canceled: true)));
    }

    private static HarmScores Score(SmallProblem problem, EifOptions options)
    {
        using var estimator = new EifEstimator(options);
        estimator.Prepare(problem.Context, SilentProgress.Instance, CancellationToken.None);
        return estimator.Score(problem.Context, [SmallProblem.Pair, SmallProblem.Group], SilentProgress.Instance, CancellationToken.None);
    }

    /// <summary>The definition, word for word: W moves whole, its gradient comes from autograd, two losses are subtracted. Float64.</summary>
    private static (double[] Harm, int[] Steps) Oracle(InfluenceContext context, Confusion confusion, int steps, double learningRate, double stopAt)
    {
        using var scope = NewDisposeScope();
        var harm = new double[context.TrainCount];
        var done = new List<int>();
        foreach (var sign in new[] { 1, -1 })
        {
            var weight = context.HeadWeight.to(float64).clone().requires_grad_();
            var start = Distance(weight).item<double>();
            var step = 0;
            for (; step < steps; step++)
            {
                var d = Distance(weight);
                if (Math.Abs(d.item<double>() - start) >= stopAt) break;
                d.backward();
                weight = (weight + (sign * learningRate * weight.grad!)).detach().requires_grad_();
            }

            done.Add(step);
            var deltaDistance = Distance(weight).item<double>() - start;
            var deltaLoss = (Losses(weight) - Losses(context.HeadWeight.to(float64))).data<double>().ToArray();
            for (var i = 0; i < harm.Length; i++) harm[i] += deltaLoss[i] * deltaDistance / 2;
        }

        return (harm, [.. done]);

        Tensor Losses(Tensor weight) => context.Loss.PerSample(Embed(context.TrainFeatures, weight), context.TrainLabels).detach();

        Tensor Embed(Tensor features, Tensor weight) => features.to(float64).mm(weight.t()) + context.HeadBias.to(float64);

        Tensor Distance(Tensor weight)
        {
            var unit = nn.functional.normalize(Embed(context.TestFeatures, weight), dim: 1);
            return confusion.Pairs.Select(p => (unit[p.Anchor] - unit[p.Neighbour]).square().sum()).Aggregate((a, b) => a + b) / confusion.Pairs.Count;
        }
    }
}
