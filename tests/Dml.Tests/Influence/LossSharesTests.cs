using Dml.Numerics;
using Dml.Plugins;
using Dml.Tests.Losses;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Influence;

/// <summary>Shares of samples and what estimators make of them, against differences of the loss by its definition.</summary>
public sealed class LossSharesTests
{
    private const string Anchor = "proxy-anchor";

    private static readonly string[] Hard = ["triplet, hard", "triplet, hard and soft"];

    public static TheoryData<string, ShareBasis> Cases()
    {
        var cases = new TheoryData<string, ShareBasis>();
        foreach (var name in PairLosses.Names.Append(Anchor))
        {
            cases.Add(name, ShareBasis.Batches);
            cases.Add(name, ShareBasis.Full);
        }

        return cases;
    }

    public static TheoryData<string, ShareBasis> Smooth()
    {
        var cases = new TheoryData<string, ShareBasis>();
        foreach (var name in new[] { "supcon", "multi-similarity, all", "triplet, soft", Anchor })
        {
            cases.Add(name, ShareBasis.Batches);
            cases.Add(name, ShareBasis.Full);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Shares_are_the_derivatives_of_the_loss_in_the_weights(string name, ShareBasis of)
    {
        using var scope = NewDisposeScope();
        using var problem = Problem(name, of);
        var shares = new LossShares(problem.Context, problem.Options).Of(problem.Context.HeadWeight);
        AssertClose(tensor(problem.Shares(problem.Context.HeadWeight, Hard.Contains(name))), shares, Hard.Contains(name) ? 1e-4 : 1e-7);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Derivatives_of_shares_and_the_Hessian_equal_differences_of_gradients(string name, ShareBasis of)
    {
        if (Hard.Contains(name)) return;
        using var scope = NewDisposeScope();
        using var problem = Problem(name, of);
        var shares = new LossShares(problem.Context, problem.Options);
        var directions = randn([3, 4, 5], dtype: float64);
        var gradients = problem.ShareGradients(problem.Context.HeadWeight).view(PairProblem.Count, -1);
        AssertClose(directions.view(3, -1).mm(gradients.t()), shares.Along(directions), 1e-6);
        AssertClose(directions.view(3, -1).mm(problem.Hessian(problem.Context.HeadWeight)).view(3, 4, 5), shares.Multiply(directions), 1e-6);
    }

    /// <summary>N = 12, batches of 6, two passes: four batches, three of epoch 0 and one of epoch 1.</summary>
    [Theory]
    [InlineData("contrastive")]
    [InlineData("supcon")]
    [InlineData("multi-similarity, all")]
    [InlineData(Anchor)]
    public void Shares_by_a_sampler_that_is_a_plugin_are_those_of_the_mean_loss_of_its_batches(string name)
    {
        using var scope = NewDisposeScope();
        using var problem = Problem(name, ShareBasis.Batches);
        int[] labels = [.. problem.Context.TrainLabels.data<long>().Select(label => (int)label)];
        var plain = new ReplacingSampler(new(labels, new(3, 2), 3));
        long[][] batches = [.. plain.Epoch(0).Concat(plain.Epoch(1)).Take(4).Select(batch => batch.Select(i => (long)i).ToArray())];
        Assert.Contains(batches, batch => batch.Distinct().Count() < 6);
        var drawn = problem.Drawn(context => new ReplacingSampler(context), batches);
        var shares = new LossShares(drawn.Context, drawn.Options);
        Assert.Equal("shares of 4 batches of 6 by the training's sampler", shares.Path);
        var weight = drawn.Context.HeadWeight;
        AssertClose(tensor(drawn.Shares(weight)), shares.Of(weight), 1e-7);
        var directions = randn([3, 4, 5], dtype: float64);
        var gradients = drawn.ShareGradients(weight).view(PairProblem.Count, -1);
        AssertClose(directions.view(3, -1).mm(gradients.t()), shares.Along(directions), 1e-6);
        AssertClose(directions.view(3, -1).mm(drawn.Hessian(weight)).view(3, 4, 5), shares.Multiply(directions), 1e-6);
        AssertClose(gradients.square().sum(1), shares.SquaredGradients(), 1e-6);
        Assert.Equal(batches, BatchDraws.Endless(drawn.Context, 3).Take(4));
        Assert.Equal(batches, BatchOrder.Of(drawn.Context, null, 3).Take(4));
    }

    [Theory]
    [MemberData(nameof(Smooth))]
    public void The_change_of_a_share_is_exact_to_third_order(string name, ShareBasis of)
    {
        using var scope = NewDisposeScope();
        using var problem = Problem(name, of);
        random.manual_seed(2);
        var shares = new LossShares(problem.Context, problem.Options);
        var (from, move) = (problem.Context.HeadWeight, randn([4, 5], dtype: float64));
        var errors = new[] { 2e-3, 1e-3 }.Select(size =>
        {
            var to = from + (move * size);
            return (shares.Change(from, to) - (shares.Of(to) - shares.Of(from))).abs().max().item<double>();
        }).ToArray();
        Assert.InRange(errors[0] / errors[1], 6, 10);
    }

    [Theory]
    [MemberData(nameof(Smooth))]
    public void Estimators_equal_what_the_definition_gives(string name, ShareBasis of)
    {
        using var scope = NewDisposeScope();
        using var problem = Problem(name, of);
        Confusion[] confusions = [SmallProblem.Pair, SmallProblem.Group];
        var gradients = problem.ShareGradients(problem.Context.HeadWeight).view(PairProblem.Count, -1);
        var slopes = stack(confusions.Select(c => tensor(PlainGradients.OfDistance(problem.Context, c))));
        AssertClose(slopes.mm(gradients.t()), Scores(new TracInEstimator(new() { Shares = problem.Options })), 1e-6);

        var solved = linalg.solve(problem.Hessian(problem.Context.HeadWeight) + (eye(20, dtype: float64) * 500), slopes.t()).t();
        foreach (var solver in new[] { IfSolver.Cg, IfSolver.Exact })
        {
            var options = new IfOptions { Shares = problem.Options, Solver = solver, Lambda = 500, Residual = 1e-12 };
            AssertClose(solved.mm(gradients.t()), Scores(new IfEstimator(options)), 1e-5);
        }

        // Short walks, over which the shares' differences and the derivatives halfway agree.
        var eif = new EifOptions { Shares = problem.Options, Steps = 3, LearningRate = 1e-4 };
        AssertClose(stack(confusions.Select(c => Walked(c, eif))), Scores(new EifEstimator(eif)), 1e-3);

        using var scorer = new SelfInfluenceScorer();
        scorer.Prepare(problem.Context with { Batches = new(3, 2) }, new SilentProgress(), CancellationToken.None);
        var drawn = problem.With(ShareBasis.Batches, new() { Passes = 8 });
        AssertClose(drawn.ShareGradients(problem.Context.HeadWeight).square().sum([1, 2]), scorer.Score(new(0, PairProblem.Count)), 1e-5);

        Tensor Scores(IInfluenceEstimator estimator)
        {
            using (estimator)
            {
                estimator.Prepare(problem.Context, new SilentProgress(), CancellationToken.None);
                return estimator.Score(problem.Context, confusions, new SilentProgress(), CancellationToken.None).Harm;
            }
        }

        Tensor Walked(Confusion confusion, EifOptions options)
        {
            var context = problem.Context;
            var harm = zeros([PairProblem.Count], dtype: float64);
            foreach (var sign in new[] { 1, -1 })
            {
                var weight = context.HeadWeight.clone();
                for (var step = 0; step < options.Steps; step++)
                {
                    var slope = tensor(PlainGradients.OfDistance(context with { HeadWeight = weight }, confusion)).view(weight.shape);
                    weight = weight + (slope * (sign * options.LearningRate));
                }

                var change = tensor(problem.Shares(weight)) - tensor(problem.Shares(context.HeadWeight));
                harm = harm + (change * ((Distance(context, confusion, weight) - Distance(context, confusion, context.HeadWeight)) / 2));
            }

            return harm;
        }
    }

    [Fact]
    public void A_loss_that_no_weight_moves_is_refused_by_name()
    {
        using var scope = NewDisposeScope();
        using var problem = new PairProblem(_ => new Weightless(), ShareBasis.Batches);
        Assert.False(LossShares.Move(problem.Context));
        foreach (var estimator in new IInfluenceEstimator[] { new EifEstimator(new()), new TracInEstimator(new()), new IfEstimator(new()) })
        {
            using (estimator)
            {
                estimator.Prepare(problem.Context, new SilentProgress(), CancellationToken.None);
                var error = Assert.Throws<DmlException>(() => estimator.Solve([SmallProblem.Pair], new SilentProgress(), CancellationToken.None));
                Assert.Contains("Weightless", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void What_takes_samples_one_by_one_is_refused_by_name()
    {
        using var problem = Problem("supcon", ShareBasis.Batches);
        using var embeddings = randn(3, 4);
        using var labels = zeros(3, int64);
        var error = Assert.Throws<DmlException>(() => LossGradients.InEmbeddings(problem.Context.Loss, embeddings, labels));
        Assert.Contains("SupConLoss", error.Message, StringComparison.Ordinal);
        IInfluenceEstimator[] estimators =
        [
            new EifEstimator(new() { Path = EifPath.Fast }), new IfEstimator(new() { Solver = IfSolver.Lissa }),
            new IfEstimator(new() { Hessian = IfHessian.GaussNewton }),
        ];
        foreach (var estimator in estimators)
        {
            using (estimator)
            {
                error = Assert.Throws<DmlException>(() => estimator.Prepare(problem.Context, new SilentProgress(), CancellationToken.None));
                Assert.Contains("SupConLoss", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(5, 2, 3, 4)]
    [InlineData(7, 3, 2, 1)]
    [InlineData(2, 4, 8, 2)]
    public void Batches_hold_every_sample_as_often_as_was_asked_and_none_twice(int classes, int batchClasses, int images, int passes)
    {
        long[] labels = [.. Enumerable.Range(0, classes).SelectMany(c => Enumerable.Repeat((long)c, 5 + (c % 2)))];
        var shape = new BatchShape(batchClasses, images);
        var batches = BatchDraws.Of(labels, shape, passes, 1);
        Assert.All(batches, batch => Assert.Equal(batch.Length, batch.Distinct().Count()));
        Assert.All(batches, batch => Assert.Equal(Math.Min(classes, batchClasses), batch.Select(i => labels[i]).Distinct().Count()));
        var counts = labels.Select((_, i) => batches.Count(b => b.Contains(i))).ToArray();
        Assert.InRange(counts.Min(), passes, int.MaxValue);
        Assert.Equal(batches, BatchDraws.Of(labels, shape, passes, 1));
        Assert.NotEqual(batches, BatchDraws.Of(labels, shape, passes, 2));
        var drawn = BatchDraws.Of(labels, shape with { IsBalanced = false }, passes, 1);
        Assert.All(labels.Select((_, i) => drawn.Count(b => b.Contains(i))), count => Assert.InRange(count, passes, int.MaxValue));
    }

    private static PairProblem Problem(string name, ShareBasis of, ShareOptions? options = null) => new(
        name == Anchor ? shape => new ProxyAnchorLoss(new(), shape) : _ => PairLosses.Make(name), of, options);

    private static double Distance(InfluenceContext context, Confusion confusion, Tensor weight)
    {
        var d = ConfusionDistance.Of(confusion, context.TestFeatures, weight, context.HeadBias);
        return d.Evaluate(d.Embeddings);
    }

    private static void AssertClose(Tensor expected, Tensor actual, double tolerance) =>
        Assert.InRange(PlainRows.RelativeError(expected, actual), 0, tolerance);

    /// <summary>A loss of pairs that forgets its weights.</summary>
    private sealed class Weightless : IMetricLoss
    {
        public IReadOnlyList<NamedParameter> Parameters => [];

        public bool IsMeanOfSamples => false;

        public Tensor PerSample(Tensor embeddings, Tensor labels) => embeddings.sum(1);

        public Tensor BatchLoss(Tensor embeddings, Tensor labels, Tensor? weights = null) => embeddings.square().mean();

        public void Dispose()
        {
        }
    }
}
