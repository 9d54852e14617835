using Dml.Plugins;
using Dml.Testing;
using Dml.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Influence;

/// <summary>Representer points against a head that plain gradient descent on the whole weight has brought to rest, and its parts sample by sample.</summary>
public sealed class RepresenterPointsTests
{
    [Fact]
    public void An_estimator_keeps_the_contract() => EstimatorConformance.Check(() => new RepresenterPointsEstimator(new()));

    [Theory]
    [InlineData("proxy-nca-pp", 40)]
    [InlineData("proxy-nca-pp", 10)]
    [InlineData("arcface", 20)]
    [InlineData("centre", 3)]
    public void Scores_are_the_parts_of_the_samples_in_a_head_at_rest(string loss, double lambda)
    {
        using var problem = new SmallProblem(Loss(loss), float64);
        using var scope = NewDisposeScope();
        var context = problem.Context;
        using var scores = Score(context, new() { Lambda = lambda, Residual = 1e-9 });
        var weight = AtRest(context, lambda);
        var moved = context with { HeadWeight = weight };
        var count = (int)context.TrainCount;
        double[][] parts = [.. Enumerable.Range(0, count).Select(i => PlainGradients.OfLoss(moved, i).Select(g => -g / (lambda * count)).ToArray())];

        // The theorem: the parts of all samples are the whole way from the run's head.
        var way = (weight - context.HeadWeight).flatten().data<double>().ToArray();
        Assert.True(way.Max(Math.Abs) > 1e-3);
        for (var k = 0; k < way.Length; k++) Assert.Equal(way[k], parts.Sum(p => p[k]), 1e-9);
        foreach (var (row, confusion) in new[] { SmallProblem.Pair, SmallProblem.Group }.Index())
        {
            var slope = PlainGradients.OfDistance(moved, confusion);
            double[] expected = [.. parts.Select(p => -count * PlainGradients.Product(slope, p))];
            Assert.All(
                expected.Zip(scores.Harm[row].data<double>().ToArray()), x => Assert.Equal(x.First, x.Second, 1e-6 * expected.Max(Math.Abs)));
            Assert.InRange(scores.Targets[row].Solver!.Residual!.Value, 0, 1e-9);
        }
    }

    [Fact]
    public void A_strong_pull_is_the_gradient_product_at_the_runs_head()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        const double Lambda = 1e7;
        using var scores = Score(problem.Context, new() { Lambda = Lambda });
        using var estimator = new TracInEstimator(new());
        estimator.Prepare(problem.Context, SilentProgress.Instance, CancellationToken.None);
        using var traced = estimator.Score(problem.Context, [SmallProblem.Pair, SmallProblem.Group], SilentProgress.Instance, CancellationToken.None);
        using var scope = NewDisposeScope();
        Assert.InRange((((scores.Harm * Lambda) - traced.Harm).norm() / traced.Harm.norm()).item<double>(), 0, 1e-5);
    }

    [Fact]
    public void A_fit_that_does_not_come_to_rest_is_refused_with_advice_that_works()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        RepresenterPointsOptions cut = new() { Lambda = 40, Iterations = 2 };
        var error = Assert.Throws<DmlException>(() => Score(problem.Context, cut));
        Assert.Matches(
            "^estimator.lambda: expected a pull back to the run's head at which the fit comes to rest, found 40, where 0[.][0-9]+ of the first gradient is "
                + "left after 2 steps; set estimator.lambda to a larger value, or estimator.iterations to more[.]$", error.Message);
        Score(problem.Context, cut with { Iterations = 1000 }).Dispose();

        // The least change of the head that turns a misfit sample shrinks its embedding to nothing: no head is at rest.
        RepresenterPointsOptions free = new() { Lambda = 0.1 };
        error = Assert.Throws<DmlException>(() => Score(problem.Context, free));
        Assert.EndsWith(" steps; set estimator.lambda to a larger value.", error.Message, StringComparison.Ordinal);
        Score(problem.Context, free with { Lambda = 10 }).Dispose();
    }

    [Fact]
    public void Rankings_stay_as_they_are()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var scores = Score(problem.Context, new());
        Snapshot.Verify(Rankings.Of(scores));
    }

    [Fact]
    public void Where_nobody_set_a_pull_the_least_tenfold_one_that_gives_rest_is_taken()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        RepresenterPointsOptions hasty = new() { Iterations = 12 };
        double[] tried = [.. Enumerable.Range(0, 9).Select(k => 5 * Math.Pow(10, k))];
        var rests = tried.First(lambda => Rests(hasty with { Lambda = lambda }));
        Assert.True(rests > tried[0]);
        using var given = Score(problem.Context, hasty with { Lambda = rests });
        using var found = Score(problem.Context, hasty);
        Assert.Equal(given.Harm.data<double>().ToArray(), found.Harm.data<double>().ToArray());

        bool Rests(RepresenterPointsOptions options)
        {
            try
            {
                Score(problem.Context, options).Dispose();
                return true;
            }
            catch (DmlException)
            {
                return false;
            }
        }
    }

    [Fact]
    public void Live_tensors_after_100_calls_equal_those_before()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float32);
        Score(problem.Context, new()).Dispose();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 100; i++) Score(problem.Context, new()).Dispose();
        Assert.Throws<DmlException>(() => Score(problem.Context, new() { Lambda = 40, Iterations = 2 }));
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static Func<LossShape, IMetricLoss> Loss(string name) => name switch
    {
        "proxy-nca-pp" => SmallProblem.ProxyNca,
        "arcface" => shape => new ArcFaceLoss(new() { Scale = 8, Margin = 0.2 }, shape),
        _ => shape => new CentreLoss(shape),
    };

    /// <summary>Plain gradient descent on the mean loss and the pull, of the whole weight by automatic differentiation.</summary>
    private static Tensor AtRest(InfluenceContext context, double lambda)
    {
        var weight = context.HeadWeight.detach().clone();
        for (var step = 0; step < 20_000; step++)
        {
            using var scope = NewDisposeScope();
            var followed = weight.detach().requires_grad_();
            var losses = context.Loss.PerSample(context.TrainFeatures.mm(followed.t()) + context.HeadBias, context.TrainLabels);
            (losses.mean() + (lambda / 2 * (followed - context.HeadWeight).square().sum())).backward();
            var slope = followed.grad!;
            weight = (weight - (slope / (lambda + 400))).MoveToOuterDisposeScope();
            if (slope.norm().item<double>() < 1e-13) break;
        }

        return weight;
    }

    private static HarmScores Score(InfluenceContext context, RepresenterPointsOptions options)
    {
        using var estimator = new RepresenterPointsEstimator(options);
        estimator.Prepare(context, SilentProgress.Instance, CancellationToken.None);
        return estimator.Score(context, [SmallProblem.Pair, SmallProblem.Group], SilentProgress.Instance, CancellationToken.None);
    }
}
