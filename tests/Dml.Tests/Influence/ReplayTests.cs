using Dml.Numerics;
using Dml.Plugins;
using Dml.Testing;
using static TorchSharp.torch;

namespace Dml.Tests.Influence;

/// <summary>Replay against real retraining: one sample's weight is moved a little, and the head is trained anew.</summary>
public sealed class ReplayTests
{
    private const double Move = 1e-4;
    private const int Seed = 3;

    private static readonly Dictionary<string, HeadTraining> Trainings = new()
    {
        ["one step"] = new() { Steps = 1, LearningRate = 0.1 },
        ["sgd"] = new() { Steps = 30, Batch = 5, LearningRate = 0.05 },
        ["momentum and decay"] = new() { Steps = 23, Batch = 4, LearningRate = 0.02, Momentum = 0.9, WeightDecay = 0.05 },
        ["adam"] = new() { Optimizer = HeadOptimizer.Adam, Steps = 25, Batch = 5, LearningRate = 0.01, WeightDecay = 0.01 },
        ["adamW"] = new() { Optimizer = HeadOptimizer.AdamW, Steps = 16, Batch = 12, LearningRate = 0.02, WeightDecay = 0.1 },
        ["adam with proxies"] =
            new() { Optimizer = HeadOptimizer.Adam, Steps = 20, Batch = 6, LearningRate = 0.005, MovesProxies = true, ProxyLearningRate = 0.02 },
        ["adam from scratch"] =
            new() { Optimizer = HeadOptimizer.Adam, Steps = 25, Batch = 5, LearningRate = 0.01, WeightDecay = 0.01, FreshSeed = 8 },
        ["adam from scratch with proxies"] =
            new() { Optimizer = HeadOptimizer.Adam, Steps = 20, Batch = 6, LearningRate = 0.005, MovesProxies = true, ProxyLearningRate = 0.02, FreshSeed = 8 },
        ["sgd from scratch with proxies"] = new() { Steps = 14, Batch = 6, LearningRate = 0.1, Momentum = 0.5, FreshSeed = 8, MovesProxies = true },
        ["sgd with proxies"] = new() { Steps = 17, Batch = 5, LearningRate = 0.05, Momentum = 0.5, MovesProxies = true },
    };

    private static readonly Dictionary<string, Func<LossShape, IMetricLoss>> Losses = new()
    {
        ["proxy-nca-pp"] = SmallProblem.ProxyNca,
        ["softtriple"] = shape => new SoftTripleLoss(new() { Centers = 2, Tau = 0 }, shape),
        ["arcface"] = shape => new ArcFaceLoss(new() { Scale = 8, Margin = 0.2 }, shape),
        ["proxy-anchor"] = shape => new ProxyAnchorLoss(new() { Scale = 4 }, shape),
    };

    public static TheoryData<string, string> Cases => new(
        from loss in Losses.Keys from training in Trainings.Keys where loss != "proxy-anchor" || !Trainings[training].MovesProxies select (loss, training));

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_derivative_is_the_central_difference_of_two_retrainings(string loss, string name)
    {
        using var problem = new SmallProblem(Losses[loss], float64);
        using var scope = NewDisposeScope();
        var (context, training) = (problem.Context, Trainings[name]);
        using var replay = new HeadReplay(context, training with { Seed = Seed });
        Confusion[] confusions = [SmallProblem.Pair, SmallProblem.Group];
        using var slopes = ConfusionGradients.Of(confusions, context with { HeadWeight = replay.Weight });
        var (derivatives, growth) = replay.Derivatives(slopes.Dense(0, 2), new Progress<ProgressReport>());
        Assert.InRange(growth, 1e-6, 1e6);
        for (var t = 0; t < confusions.Length; t++)
        {
            var scale = derivatives[t].abs().max().item<double>();
            Assert.True(scale > 0);
            for (var i = 0; i < context.TrainCount; i++)
            {
                // Extrapolated from two differences, since the trainings with several centres are far from straight even over so small a move.
                var real = ((4 * Difference(t, i, Move / 2)) - Difference(t, i, Move)) / 3;
                Assert.Equal(real, derivatives[t, i].item<double>(), 1e-5 * scale);
            }
        }

        double Difference(int t, int i, double move) =>
            (Retrained(context, training, confusions[t], i, move) - Retrained(context, training, confusions[t], i, -move)) / (2 * move);
    }

    [Fact]
    public void The_training_that_is_replayed_is_that_of_the_optimiser_of_torch()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var scope = NewDisposeScope();
        var context = problem.Context;
        var optimizers = new Dictionary<string, Func<TorchSharp.Modules.Parameter, optim.Optimizer>>
        {
            ["momentum and decay"] = p => optim.SGD([p], 0.02, momentum: 0.9, weight_decay: 0.05),
            ["adam"] = p => optim.Adam([p], 0.01, weight_decay: 0.01),
            ["adamW"] = p => optim.AdamW([p], 0.02, weight_decay: 0.1),
        };
        foreach (var (name, make) in optimizers)
        {
            var training = Trainings[name];
            using var replay = new HeadReplay(context, training with { Seed = Seed });
            using var weight = TorchSharp.torch.nn.Parameter(context.HeadWeight.clone());
            using var optimizer = make(weight);
            foreach (var batch in BatchOrder.Of(context, training.Batch, Seed).Take(training.Steps))
            {
                using var step = NewDisposeScope();
                var rows = tensor(batch);
                var embeddings = context.TrainFeatures.index_select(0, rows).mm(weight.t()) + context.HeadBias;
                optimizer.zero_grad();
                context.Loss.BatchLoss(embeddings, context.TrainLabels.index_select(0, rows)).backward();
                optimizer.step();
            }

            Assert.InRange((replay.Weight - weight).abs().max().item<double>(), 0, 1e-9);
        }
    }

    [Theory]
    [InlineData(HeadOptimizer.Sgd)]
    [InlineData(HeadOptimizer.Adam)]
    public void The_estimator_keeps_the_contract(HeadOptimizer optimizer) =>
        EstimatorConformance.Check(() => new ReplayEstimator(new() { Optimizer = optimizer, Steps = 10, Batch = 8, LearningRate = 0.01, Orders = 2 }));

    [Fact]
    public void A_short_replay_with_all_samples_is_TracIn()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var replayed = Score(problem.Context, new ReplayEstimator(new() { Steps = 1, Batch = 100, LearningRate = 1e-6 }));
        using var traced = Score(problem.Context, new TracInEstimator(new() { LearningRate = 1e-6 / problem.Context.TrainCount }));
        Assert.InRange(((replayed.Harm - traced.Harm).norm() / traced.Harm.norm()).item<double>(), 0, 1e-5);
    }

    [Fact]
    public void Directions_in_parts_give_what_all_at_once_give()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var scope = NewDisposeScope();
        long[] batch = [0, 3, 4, 7, 11];
        var directions = randn([9, 4, 5], dtype: float64);
        using var whole = new BatchGradients(problem.Context, movesProxies: false);
        using var parts = new BatchGradients(problem.Context, movesProxies: false) { MostElements = 4 * batch.Length * 4 };
        var (expected, found) = (whole.Along(whole.Start(), batch, [directions]), parts.Along(parts.Start(), batch, [directions]));
        Assert.InRange((expected.Products[0] - found.Products[0]).abs().max().item<double>(), 0, 1e-12);
        Assert.InRange((expected.OfWeights - found.OfWeights).abs().max().item<double>(), 0, 1e-12);
    }

    [Theory]
    [InlineData("proxy-nca-pp")]
    [InlineData("softtriple")]
    [InlineData("arcface")]
    public void The_closed_form_gives_what_differentiation_gives(string loss)
    {
        using var problem = new SmallProblem(Losses[loss], float64);
        using var scope = NewDisposeScope();
        long[] batch = [1, 2, 5, 6, 10];
        var directions = randn([3, 4, 5], dtype: float64, generator: new Generator(4));
        var weights = arange(12, dtype: float64);
        using var closed = new BatchGradients(problem.Context, movesProxies: false);
        using var differentiated = new BatchGradients(problem.Context, movesProxies: false, closedForm: false);
        var start = closed.Start();
        Close(closed.At(start, batch, weights)[0], differentiated.At(start, batch, weights)[0]);
        var (expected, found) = (differentiated.Along(start, batch, [directions]), closed.Along(start, batch, [directions]));
        Close(found.Products[0], expected.Products[0]);
        Close(found.OfWeights, expected.OfWeights);

        static void Close(Tensor found, Tensor expected) =>
            Assert.InRange(((found - expected).abs().max() / expected.abs().max()).item<double>(), 0, 1e-10);
    }

    [Fact]
    public void A_replay_that_is_stopped_leaves_no_tensor_behind()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var warm = new HeadReplay(problem.Context, Trainings["adam"]);
        using var slopes = randn([2, 4, 5], dtype: float64);
        using var scope = NewDisposeScope();
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var stopping = new CancellationTokenSource())
        {
            Assert.Throws<OperationCanceledException>(
                () => warm.Derivatives(slopes, new StopAt(12, stopping), stopping.Token));
        }

        using (var stopped = new CancellationTokenSource())
        {
            stopped.Cancel();
            Assert.Throws<OperationCanceledException>(() => new HeadReplay(problem.Context, Trainings["adam"], stopped.Token));
        }

        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Orders_are_averaged()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        ReplayOptions options = new() { Steps = 12, Batch = 5, LearningRate = 0.05 };
        using var both = Score(problem.Context, new ReplayEstimator(options with { Orders = 2 }));
        using var first = Score(problem.Context, new ReplayEstimator(options));
        using var second = Score(problem.Context, new ReplayEstimator(options with { Seed = 1 }));
        Assert.InRange(((first.Harm + second.Harm) / 2 - both.Harm).abs().max().item<double>(), 0, 1e-12);
    }

    [Fact]
    public void The_mean_over_orders_is_the_central_difference_of_the_means_of_real_retrainings()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        var context = problem.Context;
        HeadTraining training = new() { Optimizer = HeadOptimizer.Adam, Steps = 15, Batch = 5, LearningRate = 0.01, FreshSeed = 8, Seed = 8 };
        ReplayOptions options = new() { Optimizer = HeadOptimizer.Adam, Steps = 15, Batch = 5, LearningRate = 0.01, FromScratch = true, Seed = 8, Orders = 3 };
        using var scores = Score(context, new ReplayEstimator(options));

        // A verification's own orders come before the option; one that has none leaves it.
        using var told = Score(context with { Retraining = training with { Orders = 3 } }, new ReplayEstimator(new() { Orders = 2 }));
        using var left = Score(context with { Retraining = training }, new ReplayEstimator(new() { Orders = 3 }));
        Assert.Contains("mean of 3 orders", told.Targets[0].Path, StringComparison.Ordinal);
        Assert.Equal(Values(scores), Values(told));
        Assert.Equal(Values(scores), Values(left));
        Confusion[] confusions = [SmallProblem.Pair, SmallProblem.Group];
        foreach (var (t, confusion) in confusions.Index())
        {
            var scale = scores.Harm[t].abs().max().item<double>();
            Assert.True(scale > 0);
            for (var i = 0; i < context.TrainCount; i++)
            {
                var real = ((4 * Difference(confusion, i, Move / 2)) - Difference(confusion, i, Move)) / 3;
                Assert.Equal(-real, scores.Harm[t, i].item<double>(), 1e-5 * scale);
            }
        }

        double Difference(Confusion confusion, int i, double move) => (Mean(confusion, i, move) - Mean(confusion, i, -move)) / (2 * move);

        double Mean(Confusion confusion, int i, double move) =>
            new[] { 8, 9, 10 }.Average(seed => Retrained(context, training, confusion, i, move, seed));

        static double[] Values(HarmScores scores) => scores.Harm.flatten().data<double>().ToArray();
    }

    [Fact]
    public void Proxies_that_cannot_be_replayed_are_refused()
    {
        using var anchor = new SmallProblem(Losses["proxy-anchor"], float64);
        var moving = new HeadTraining { MovesProxies = true };
        Assert.Contains("ProxyAnchorLoss", Assert.Throws<DmlException>(() => new HeadReplay(anchor.Context, moving)).Message, StringComparison.Ordinal);
        using var regular = new SmallProblem(shape => new SoftTripleLoss(new() { Centers = 2 }, shape), float64);
        Assert.Contains("regulariser", Assert.Throws<DmlException>(() => new HeadReplay(regular.Context, moving)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "finite", Assert.Throws<DmlException>(() => new HeadReplay(anchor.Context, new() { LearningRate = double.MaxValue })).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Cancels at a step.</summary>
    private sealed class StopAt(int step, CancellationTokenSource source) : IProgress<ProgressReport>
    {
        public void Report(ProgressReport value)
        {
            if (value.Done == step) source.Cancel();
        }
    }

    private static double Retrained(InfluenceContext context, HeadTraining training, Confusion confusion, int sample, double move, int seed = Seed)
    {
        using var scope = NewDisposeScope();
        var weights = ones(context.TrainCount, float64);
        weights[sample] = tensor(1 + move);
        var weight = HeadReplay.Train(context, training with { Seed = seed }, weights);
        var distance = ConfusionDistance.Of(confusion, context.TestFeatures, weight, context.HeadBias);
        return distance.Evaluate(distance.Embeddings);
    }

    private static HarmScores Score(InfluenceContext context, IInfluenceEstimator estimator)
    {
        using (estimator)
        {
            var progress = new Progress<ProgressReport>();
            estimator.Prepare(context, progress, CancellationToken.None);
            return estimator.Score(context, [SmallProblem.Pair, SmallProblem.Group], progress, CancellationToken.None);
        }
    }
}
