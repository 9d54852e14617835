using Dml.Engine.Verification;
using Dml.Numerics;
using Dml.Plugins;
using Dml.Tests.Influence;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Verification;

public class VerificationTests
{
    private static readonly VerifySettings Settings = new(40, 0.5, 1, 1e-4, 1000, 3);

    [Fact]
    public void A_small_step_on_a_subset_is_what_gradient_products_predict()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var scope = NewDisposeScope();
        var context = problem.Context;
        var kept = Verifier.DrawSubsets(12, Settings);
        var retraining = new SubsetRetraining(context, Settings);
        var all = Distance([.. Enumerable.Repeat(true, 12)]);
        double[] real = [.. kept.Select(k => Distance(k) - all)];
        using var estimator = new TracInEstimator(new());
        estimator.Prepare(context, SilentProgress.Instance, CancellationToken.None);
        using var scores = estimator.Score(context, [SmallProblem.Pair], SilentProgress.Instance, CancellationToken.None);
        var predicted = DatamodelingScore.Predict(scores.Harm[0].data<double>().ToArray(), kept);

        // One step of rate eta on kept samples of double weight: d rises by eta / N times the harm left out twice, less the harm of all.
        var total = scores.Harm[0].sum().item<double>();
        for (var s = 0; s < real.Length; s++) Assert.Equal(Settings.LearningRate / 12 * ((2 * predicted[s]) - total), real[s], 2e-2 * real.Max(Math.Abs));
        Assert.True(DatamodelingScore.Of([predicted], [real], 0).Value > 0.99);

        double Distance(IReadOnlyList<bool> subset)
        {
            using var weight = retraining.Run(subset, 0, CancellationToken.None);
            var distance = ConfusionDistance.Of(SmallProblem.Pair, context.TestFeatures, weight, context.HeadBias);
            return distance.Evaluate(distance.Embeddings);
        }
    }

    /// <summary>Also of a loss that is no mean of samples, where a weight counts copies.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Retraining_without_samples_is_retraining_on_the_others(bool isMean)
    {
        using var problem = new SmallProblem(isMean ? SmallProblem.ProxyNca : shape => new ProxyAnchorLoss(new(), shape), float64);
        using var scope = NewDisposeScope();
        var context = problem.Context;
        bool[] kept = [.. Enumerable.Range(0, 12).Select(i => i % 2 == 0)];
        var rows = arange(0, 12, 2);
        var others = context with { TrainFeatures = context.TrainFeatures.index_select(0, rows), TrainLabels = context.TrainLabels.index_select(0, rows) };
        var settings = Settings with { Steps = 5, LearningRate = 1e-2 };
        var without = new SubsetRetraining(context, settings).Run(kept, 0, CancellationToken.None);
        var alone = new SubsetRetraining(others, settings).Run([.. Enumerable.Repeat(true, 6)], 0, CancellationToken.None);
        Assert.InRange((without - alone).abs().max().item<double>(), 0, 1e-12);
        Assert.True((without - context.HeadWeight).abs().max().item<double>() > 1e-4);
    }

    [Fact]
    public void From_scratch_the_head_begins_the_same_for_all_subsets_whatever_the_trained_one_is()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var scope = NewDisposeScope();
        var context = problem.Context;
        var settings = Settings with { Steps = 40, LearningRate = 0.5, FromScratch = true };
        bool[] all = [.. Enumerable.Repeat(true, 12)];
        var fresh = Run(context, settings, all);
        Assert.InRange((fresh - Run(context with { HeadWeight = context.HeadWeight * 3 }, settings, all)).abs().max().item<double>(), 0, 0);
        Assert.True((fresh - Run(context, settings with { FromScratch = false }, all)).abs().max().item<double>() > 1e-2);

        // Plain steps on the samples that are kept, from the beginning that is drawn.
        bool[] kept = [.. all.Select((_, i) => i % 3 != 0 || i > 6)];
        var rows = arange(12).masked_select(tensor(kept));
        using var gradients = new BatchGradients(context, movesProxies: false);
        var weight = gradients.Start(settings.Seed)[0];
        Assert.InRange(weight.abs().max().item<double>(), 0.3, 1 / Math.Sqrt(5));
        for (var step = 0; step < settings.Steps; step++)
        {
            var followed = weight.detach().requires_grad_();
            var embeddings = context.TrainFeatures.index_select(0, rows).mm(followed.t()) + context.HeadBias;
            var loss = context.Loss.PerSample(embeddings, context.TrainLabels.index_select(0, rows)).mean();
            weight = weight - (Gradients.Of(loss, followed) * settings.LearningRate);
        }

        Assert.InRange((weight - Run(context, settings, kept)).abs().max().item<double>(), 0, 1e-10);

        static Tensor Run(InfluenceContext context, VerifySettings settings, IReadOnlyList<bool> kept) =>
            new SubsetRetraining(context, settings).Run(kept, 5, CancellationToken.None);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Over_several_orders_d_is_the_mean_of_that_after_each(bool exactly)
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var scope = NewDisposeScope();
        var context = problem.Context;
        var settings = Settings with { Steps = 6, LearningRate = 0.05, Batch = 4 };
        bool[] kept = [.. Enumerable.Range(0, 12).Select(i => i != 5)];
        double[] single = [.. Enumerable.Range(7, 3).Select(seed => Distance(settings, seed))];
        Assert.Equal(3, single.Distinct().Count());
        Assert.Equal(single.Average(), Distance(settings with { Orders = 3 }, 7), 1e-12);
        var weight = HeadReplay.Train(context, settings.Training(8), tensor(kept.Select(k => k ? 12 / 11.0 : 0).ToArray()));
        var direct = ConfusionDistance.Of(SmallProblem.Pair, context.TestFeatures, weight, context.HeadBias);
        Assert.Equal(direct.Evaluate(direct.Embeddings), single[1], 1e-10);

        double Distance(VerifySettings own, int seed) =>
            new SubsetRetraining(context, own).Distances([SmallProblem.Pair], kept, seed, exactly, CancellationToken.None)[0];
    }

    [Fact]
    public void Subsets_have_one_size_and_repeat_with_the_seed()
    {
        var kept = Verifier.DrawSubsets(101, Settings with { LeaveOut = 0.3 });
        Assert.Equal(40, kept.Length);
        Assert.All(kept, k => Assert.Equal(71, k.Count(x => x)));
        Assert.Equal(kept, Verifier.DrawSubsets(101, Settings with { LeaveOut = 0.3 }));
        Assert.NotEqual(kept, Verifier.DrawSubsets(101, Settings with { LeaveOut = 0.3, Seed = 4 }));
    }

    [Fact]
    public void The_interval_holds_the_score_of_a_known_relation_and_zero_for_none()
    {
        var random = new Random(2);
        double[][] real = [.. Enumerable.Range(0, 10).Select(_ => Enumerable.Range(0, 60).Select(_ => random.NextDouble()).ToArray())];
        double[][] near = [.. real.Select(r => r.Select(x => x + (0.3 * random.NextDouble())).ToArray())];
        double[][] noise = [.. real.Select(r => r.Select(_ => random.NextDouble()).ToArray())];
        var (good, none) = (DatamodelingScore.Of(near, real, 0), DatamodelingScore.Of(noise, real, 0));
        Assert.True(good.Low > 0.8 && good.Low < good.Value && good.Value < good.High + 0.02);
        Assert.True(none.Low < 0 && none.High > 0);
        Assert.Equal(good, DatamodelingScore.Of(near, real, 0));
    }
}
