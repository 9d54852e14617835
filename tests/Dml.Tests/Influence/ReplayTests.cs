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
        var (expected, found) = (whole.Along(whole.Start(), batch, null, [directions]), parts.Along(parts.Start(), batch, null, [directions]));
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
        var (expected, found) = (differentiated.Along(start, batch, weights, [directions]), closed.Along(start, batch, weights, [directions]));
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

    [Theory]
    [InlineData(HeadOptimizer.Sgd, 0.3)]
    [InlineData(HeadOptimizer.Adam, 0.03)]
    public void Folds_bring_together_real_changes_where_a_sample_is_there_and_where_it_is_gone(HeadOptimizer optimizer, double rate)
    {
        const int Folds = 4;
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        var context = problem.Context;
        var count = (int)context.TrainCount;
        HeadTraining training = new() { Optimizer = optimizer, Steps = 9, Batch = 5, LearningRate = rate, FreshSeed = 8, Seed = 8 };
        ReplayOptions options = new() { Folds = Folds };
        using var scores = Score(context with { Retraining = training }, new ReplayEstimator(options));
        Assert.Contains("each of 4 folds", scores.Targets[0].Path, StringComparison.Ordinal);
        int[] order = [.. Enumerable.Range(0, count)];
        new CounterRandom(8, -9, 0).Shuffle(order.AsSpan());
        int[] fold = [.. Enumerable.Range(0, count).Select(i => Array.IndexOf(order, i) % Folds)];
        foreach (var (t, confusion) in new[] { SmallProblem.Pair, SmallProblem.Group }.Index())
        {
            // Change of d with each weight, by central differences of real retrainings without each fold.
            var change = new double[Folds, count];
            for (var f = 0; f < Folds; f++)
            {
                for (var i = 0; i < count; i++)
                {
                    change[f, i] = ((4 * Slope(confusion, f, i, Move / 2)) - Slope(confusion, f, i, Move)) / 3;
                }
            }

            var (there, gone) = (new double[count], new double[count]);
            double[] trust = [.. Enumerable.Range(0, Folds).Select(f => 1 / Enumerable.Range(0, count).Sum(j => change[f, j] * change[f, j]))];
            var usual = trust.Order().ElementAt((Folds - 1) / 2);
            for (var i = 0; i < count; i++)
            {
                var trusted = 0.0;
                for (var f = 0; f < Folds; f++)
                {
                    if (f == fold[i]) gone[i] = change[f, i] * Math.Min(1, 4 * trust[f] / usual);
                    else (there[i], trusted) = (there[i] + (trust[f] * change[f, i]), trusted + trust[f]);
                }

                there[i] /= trusted;
            }

            // The proportion by trying: it leaves least of how the trainings came out that a factor does not tell.
            double[] real = [.. Enumerable.Range(0, Folds).Select(f => Trained(confusion, f, 0, 0))];
            var share = Enumerable.Range(0, 100_001).Select(k => k / 100_000.0).MinBy(s => Left(there, gone, s, real));
            var scale = Enumerable.Range(0, count).Max(i => Math.Abs(scores.Harm[t, i].item<double>()));
            for (var i = 0; i < count; i++)
            {
                Assert.Equal(-((share * there[i]) + ((1 - share) * gone[i])), scores.Harm[t, i].item<double>(), 1e-4 * scale);
            }
        }

        double Slope(Confusion confusion, int f, int i, double move) => (Trained(confusion, f, i, move) - Trained(confusion, f, i, -move)) / (2 * move);

        double Trained(Confusion confusion, int f, int i, double move)
        {
            using var scope = NewDisposeScope();
            double[] weights = [.. fold.Select(own => own == f ? 0 : count / (double)fold.Count(other => other != f))];
            weights[i] += move;
            var weight = HeadReplay.Train(context, training, tensor(weights));
            var distance = ConfusionDistance.Of(confusion, context.TestFeatures, weight, context.HeadBias);
            return distance.Evaluate(distance.Embeddings);
        }

        double Left(double[] there, double[] gone, double share, double[] real)
        {
            double[] told = [.. Enumerable.Range(0, Folds).Select(f =>
                -Enumerable.Range(0, count).Where(i => fold[i] == f).Sum(i => (share * there[i]) + ((1 - share) * gone[i])))];
            var (x, y) = (told.Select(v => v - told.Average()).ToArray(), real.Select(v => v - real.Average()).ToArray());
            var factor = Math.Max(0, x.Zip(y, (a, b) => a * b).Sum() / x.Sum(v => v * v));
            return x.Zip(y, (a, b) => ((factor * a) - b) * ((factor * a) - b)).Sum();
        }
    }

    [Fact]
    public void Folds_need_as_many_samples()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        var error = Assert.Throws<DmlException>(() => Score(problem.Context, new ReplayEstimator(new() { Folds = 13 })));
        Assert.Contains("at most the 12 training samples", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(25, 2)]
    [InlineData(25, 3)]
    [InlineData(25, 6)]
    [InlineData(25, 24)]
    [InlineData(25, 25)]
    [InlineData(1000, 20)]
    public void States_are_made_anew_within_what_may_be_held(int steps, int held)
    {
        List<HeadState> alive = [];
        var (most, made) = (0, 0);
        using (var trajectory = new HeadTrajectory(State(0), steps, held, (before, step) =>
        {
            Assert.Equal(step, (int)before.Parameters[0].item<double>());
            made++;
            return State(step + 1);
        }, CancellationToken.None))
        {
            Assert.Equal(steps, made);
            for (var time = 0; time < 2; time++)
            {
                (made, most) = (0, 0);
                var expected = steps - 1;
                trajectory.Backwards((step, state) =>
                {
                    Assert.Equal((expected, expected), (step, (int)state.Parameters[0].item<double>()));
                    expected--;
                }, CancellationToken.None);
                Assert.Equal(-1, expected);

                // Besides what may be held there are the last state, and two while one is made of the other.
                Assert.InRange(most, 0, held + 3);
                // Half of what may be held stays for the whole way; each stretch between has the rest.
                var stretch = held >= steps ? 1 : (steps + (held / 2) - 1) / (held / 2);
                int[] stretches = [.. Enumerable.Range(0, steps).Chunk(stretch).Select(s => s.Length)];
                Assert.Equal(stretches.Sum(s => Fewest(s, held - stretches.Length + 1)), made);
            }
        }

        Assert.DoesNotContain(alive, s => !s.Parameters[0].IsInvalid);

        HeadState State(int number)
        {
            alive.RemoveAll(s => s.Parameters[0].IsInvalid);
            alive.Add(new([tensor((double)number)], [], []));
            most = Math.Max(most, alive.Count);
            return alive[^1];
        }

        // Griewank and Walther's least number of steps for a way back over so many with so many places, by plain recursion.
        static int Fewest(int length, int places)
        {
            var known = new Dictionary<(int, int), int>();
            return Of(length, places);

            int Of(int l, int s)
            {
                if (l == 1) return 0;
                if (s == 1) return l * (l - 1) / 2;
                if (known.TryGetValue((l, s), out var found)) return found;
                return known[(l, s)] = Enumerable.Range(1, l - 1).Min(m => m + Of(l - m, s - 1) + Of(m, s));
            }
        }
    }

    [Fact]
    public void Memory_changes_no_bit_of_a_score()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var scope = NewDisposeScope();
        using var slopes = randn([2, 4, 5], dtype: float64);
        using var wide = new HeadReplay(problem.Context, Trainings["adam"]);
        using var narrow = new HeadReplay(problem.Context, Trainings["adam"], null, memory: 1);
        var (expected, found) = (wide.Derivatives(slopes, new Progress<ProgressReport>()), narrow.Derivatives(slopes, new Progress<ProgressReport>()));
        Assert.Equal(expected.Derivatives.data<double>().ToArray(), found.Derivatives.data<double>().ToArray());
        Assert.Equal(expected.Growth, found.Growth);
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
