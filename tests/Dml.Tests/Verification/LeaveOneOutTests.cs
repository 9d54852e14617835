using Dml.Engine.Verification;
using Dml.Numerics;
using Dml.Plugins;
using Dml.Tests.Influence;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Verification;

/// <summary>Single samples left out, harmful samples dropped, and what is recommended, against retrainings of the tests' own.</summary>
public sealed class LeaveOneOutTests
{
    private static readonly VerifySettings Settings = new(8, 0.5, 6, 0.002, 1000, 3) { LeaveOneOut = 12, Brittleness = [1, 3] };
    private static readonly double[] Made = [.. Enumerable.Range(0, 12).Select(i => Math.Sin(7.0 * i))];

    [Fact]
    public void Correlations_are_those_with_retrainings_on_the_other_samples()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var scope = NewDisposeScope();
        var context = problem.Context;
        Confusion[] targets = [SmallProblem.Pair, SmallProblem.Group];
        using var estimator = new ReplayEstimator(new() { Steps = Settings.Steps, Batch = Settings.Batch, LearningRate = Settings.LearningRate });
        estimator.Prepare(context, SilentProgress.Instance, CancellationToken.None);
        using var scores = estimator.Score(context, targets, SilentProgress.Instance, CancellationToken.None);
        double[][] harm = [.. targets.Select((_, t) => scores.Harm[t].data<double>().ToArray())];
        EstimatorScores[] estimators = [new("replay", "replay", harm), new("made", "made", [Made, Made])];
        var found = new LeaveOneOut(context, targets, Settings, new(context, Settings)).Run(estimators, SilentProgress.Instance, CancellationToken.None);

        Assert.Equal(Enumerable.Range(0, 12), found.Samples.Order());
        Assert.Equal(6, found.Harmful);
        Assert.Equal(["replay", "made", "ceiling"], found.Estimators.Select(e => e.Estimator));
        foreach (var (t, target) in targets.Index())
        {
            var all = Distance(context, target, Retrained(context, []));
            double[] real = [.. found.Samples.Select(i => Distance(context, target, Retrained(context, [i])) - all)];
            Assert.Equal(real.Average(Math.Abs), found.MeanRealChange[t], 1e-12);
            Assert.Equal(RankCorrelation.Spearman([.. found.Samples.Select(i => harm[t][i])], real), found.Estimators[0].ByTarget[t], 1e-12);
            Assert.Equal(RankCorrelation.Spearman([.. found.Samples.Select(i => Made[i])], real), found.Estimators[1].ByTarget[t], 1e-12);
            Assert.True(found.Estimators[0].ByTarget[t] > 0.95);

            // Every update sees all samples, so that another order changes nothing.
            Assert.Equal(1, found.Estimators[2].ByTarget[t], 1e-12);
        }
    }

    [Fact]
    public void Samples_are_chosen_rank_by_rank_of_each_target_and_the_others_at_random()
    {
        EstimatorScores[] scores =
        [
            new("a", "a", [[5, 4, 3, 2, 1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1, 2, 3, 4, 5]]), new("b", "b", [[0, 9, 0, 0, 0, 0, 0, 0, 0, 0]]),
        ];
        var (samples, harmful) = LeaveOneOut.Choose(scores, 9, 1);
        Assert.Equal(4, harmful);
        Assert.Equal([0, 9, 1, 8], samples[..4]);
        Assert.Equal(9, samples.Distinct().Count());
        Assert.Equal(samples, LeaveOneOut.Choose(scores, 9, 1).Samples);
        Assert.NotEqual(samples, LeaveOneOut.Choose(scores, 9, 2).Samples);
    }

    [Fact]
    public void Errors_that_vanish_are_those_of_retrainings_on_what_is_left()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var scope = NewDisposeScope();
        var context = problem.Context;
        var settings = Settings with { LearningRate = 1, Steps = 8 };
        var start = Nearest(context, Retrained(context, [], settings));
        Confusion[] targets =
        [
            .. Enumerable.Range(0, 6).Select(a => Confusion.Of(new(a, start[a]))), new("group", ConfusionKind.Group, [new(0, start[0]), new(5, start[5])]),
        ];
        double[][] harm = [.. targets.Select((_, t) => Made.Select((m, i) => Math.Cos((m * 9) + t + i)).ToArray())];
        var found = new Brittleness(context, targets, settings, new(context, settings))
            .Run([new("made", "made", harm)], SilentProgress.Instance, CancellationToken.None);

        var wrong = Enumerable.Range(0, 6).Where(a => Label(a) != Label(start[a])).ToHashSet();
        Assert.Equal((6, wrong.Count, 6), (found.Errors, found.Wrong, found.Nearest));
        Assert.Equal(["made", "made", Brittleness.AtRandom, Brittleness.AtRandom], found.Rows.Select(r => r.Estimator));
        foreach (var row in found.Rows.Take(2))
        {
            var (cured, parted) = (new List<double>(), new List<double>());
            foreach (var (t, target) in targets.Index())
            {
                int[] dropped = [.. Enumerable.Range(0, 12).OrderByDescending(i => harm[t][i]).Take(row.Dropped)];
                var nearest = Nearest(context, Retrained(context, dropped, settings));
                cured.AddRange(target.Pairs.Where(p => wrong.Contains(p.Anchor)).Select(p => Label(nearest[p.Anchor]) == Label(p.Anchor) ? 1.0 : 0));
                parted.AddRange(target.Pairs.Select(p => nearest[p.Anchor] == p.Neighbour ? 0.0 : 1));
            }

            Assert.Equal(cured.Average(), row.Cured, 1e-12);
            Assert.Equal(parted.Average(), row.Parted, 1e-12);
            Assert.InRange(row.Cured, row.Low, row.High);
        }

        Assert.Contains(found.Rows, r => r.Parted > 0);

        long Label(int item) => context.TestLabels[item].item<long>();
    }

    /// <summary>An error counts once in each order: what three orders give is the mean of what each gives.</summary>
    [Fact]
    public void Over_several_orders_errors_are_counted_in_each()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        var context = problem.Context;
        var settings = Settings with { LearningRate = 1, Steps = 8, Batch = 4 };
        Confusion[] targets = [.. Enumerable.Range(0, 6).Select(a => Confusion.Of(new(a, (a + 2) % 6)))];
        double[][] harm = [.. targets.Select((_, t) => Made.Select((m, i) => Math.Cos((m * 9) + t + i)).ToArray())];
        EstimatorScores[] scores = [new("made", "made", harm)];
        BrittlenessRecord[] single = [.. Enumerable.Range(3, 3).Select(seed => Run(settings with { Seed = seed }))];
        var mean = Run(settings with { Orders = 3 });
        Assert.Equal(18, mean.Errors);
        Assert.Equal(single.Sum(r => r.Wrong), mean.Wrong);
        Assert.Equal(single.Sum(r => r.Nearest), mean.Nearest);
        for (var row = 0; row < 2; row++)
        {
            Assert.Equal(single.Sum(r => r.Wrong * r.Rows[row].Cured) / mean.Wrong, mean.Rows[row].Cured, 1e-12);
            Assert.Equal(single.Sum(r => r.Nearest * r.Rows[row].Parted) / mean.Nearest, mean.Rows[row].Parted, 1e-12);
        }

        BrittlenessRecord Run(VerifySettings own) =>
            new Brittleness(context, targets, own, new(context, own)).Run(scores, SilentProgress.Instance, CancellationToken.None);
    }

    [Fact]
    public void What_is_best_beyond_doubt_is_recommended_and_what_cannot_be_told_apart_is_said()
    {
        var random = new Random(5);
        double[][] real = [.. Enumerable.Range(0, 8).Select(_ => Enumerable.Range(0, 60).Select(_ => random.NextDouble()).ToArray())];
        var (near, far, none) = (Noisy(0.1), Noisy(1), Noisy(1e9));
        Assert.Equal(["near"], Recommending.Of([("far", far), ("near", near), ("none", none)], real, 0).Use);
        double[][] similar = [.. far.Select(f => f.Select((x, i) => x + (i == 3 ? 9 : 0)).ToArray())];
        Assert.Equal(["far", "similar"], Recommending.Of([("similar", similar), ("far", far)], real, 0).Use.Order());
        var hopeless = Recommending.Of([("none", none), ("none", Noisy(1e9))], real, 0);
        Assert.Empty(hopeless.Use);
        Assert.Equal("For your retraining use none of none and none: no score is above 0 beyond doubt.", hopeless.Text);
        Assert.Equal("For your retraining near can be used; nothing was compared with it.", Recommending.Of([("near", near)], real, 0).Text);

        double[][] Noisy(double noise) => [.. real.Select(r => r.Select(x => x + (noise * (random.NextDouble() - 0.5))).ToArray())];
    }

    /// <summary>Plain gradient descent on the mean loss of the samples that are left, nothing else.</summary>
    private static Tensor Retrained(InfluenceContext context, int[] without, VerifySettings? settings = null)
    {
        settings ??= Settings;
        var rows = tensor(Enumerable.Range(0, 12).Except(without).Select(i => (long)i).ToArray());
        var (features, labels) = (context.TrainFeatures.index_select(0, rows), context.TrainLabels.index_select(0, rows));
        var weight = context.HeadWeight;
        for (var step = 0; step < settings.Steps; step++)
        {
            var followed = weight.detach().requires_grad_();
            var loss = context.Loss.PerSample(features.mm(followed.t()) + context.HeadBias, labels).mean();
            weight = weight - (Gradients.Of(loss, followed) * settings.LearningRate);
        }

        return weight;
    }

    private static double Distance(InfluenceContext context, Confusion target, Tensor weight)
    {
        var distance = ConfusionDistance.Of(target, context.TestFeatures, weight, context.HeadBias);
        return distance.Evaluate(distance.Embeddings);
    }

    private static int[] Nearest(InfluenceContext context, Tensor weight)
    {
        var units = TorchSharp.torch.nn.functional.normalize(context.TestFeatures.mm(weight.t()) + context.HeadBias, dim: 1);
        return [.. Enumerable.Range(0, 6).Select(a => Enumerable.Range(0, 6).Where(b => b != a).MinBy(b => (units[a] - units[b]).norm().item<double>()))];
    }
}
