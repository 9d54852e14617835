using Dml.Numerics;
using Dml.Plugins;
using Dml.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Golden;

public sealed class GoldenEifTests
{
    private static readonly string[] Names = ["pair0", "pair1", "pair2", "group0", "group1"];

    public static TheoryData<string, string, ScalarType, EifPath> Cases()
    {
        var cases = new TheoryData<string, string, ScalarType, EifPath>();
        foreach (var (loss, name) in GoldenCase.Losses.SelectMany(loss => Names.Select(name => (loss, name))))
        {
            foreach (var precision in new[] { ScalarType.Float32, ScalarType.Float64 })
            {
                foreach (var path in new[] { EifPath.Fast, EifPath.General }) cases.Add(loss, name, precision, path);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Influence_equals_the_published_one(string loss, string name, ScalarType precision, EifPath path)
    {
        using var golden = new GoldenCase(precision, loss);
        foreach (var (steps, directions) in new[] { (50, 1), (50, 2), (1, 1) })
        {
            using var scores = Score(golden.Context, name, new() { Steps = steps, Directions = directions, Path = path });
            golden.AssertGoldenOfLoss(scores.Harm[0], $"{name}/EIF_s{steps}_t{directions}");
            var target = scores.Targets[0];
            Assert.Equal(path == EifPath.Fast ? "fast" : "general", target.Path);
            Assert.Equal(GoldenCase.Scalar($"{name}/d0"), target.Distance, 1e-12);
            foreach (var direction in target.Directions)
            {
                var walk = $"{name}/{(direction.Sign > 0 ? "asc" : "desc")}{steps}";
                Assert.Equal(GoldenCase.Scalar($"{walk}/updates_done"), direction.Steps);
                Assert.Equal(GoldenCase.Scalar($"{walk}/deltaD"), direction.DeltaDistance, 1e-11);
            }
        }
    }

    [Theory]
    [InlineData("pair0")]
    [InlineData("pair2")]
    [InlineData("group1")]
    public void Walks_and_their_theta_equal_the_published_ones(string name)
    {
        using var golden = new GoldenCase(float64);
        var context = golden.Context;
        var distance = ConfusionDistance.Of(GoldenCase.Confusion(name), context.TestFeatures, context.HeadWeight, context.HeadBias);
        foreach (var (label, sign, steps) in new[] { ("asc50", 1, 50), ("desc50", -1, 50), ("asc1", 1, 1) })
        {
            var walk = DistanceWalk.Run(distance, distance.Gram(), sign, new(steps, 1e-3, 1));
            golden.AssertGolden(walk.Weight(distance, context.HeadWeight), $"{name}/{label}/theta");
            golden.AssertGolden(tensor(walk.Trajectory.ToArray()), $"{name}/{label}/d_traj");
        }
    }

    public static TheoryData<string, ScalarType, string, int> Changes()
    {
        var cases = new TheoryData<string, ScalarType, string, int>();
        foreach (var loss in GoldenCase.Losses)
        {
            foreach (var precision in new[] { ScalarType.Float32, ScalarType.Float64 })
            {
                foreach (var name in Names)
                {
                    foreach (var (walk, steps) in new[] { ("asc50", 50), ("desc50", 50), ("asc1", 1) }) cases.Add(loss, precision, $"{name}/{walk}", steps);
                }
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public void Changes_of_the_training_losses_equal_the_published_ones(string loss, ScalarType precision, string walk, int steps)
    {
        using var golden = new GoldenCase(precision, loss);
        using var scope = NewDisposeScope();
        var context = golden.Context;
        var distance = ConfusionDistance.Of(GoldenCase.Confusion(walk.Split('/')[0]), context.TestFeatures, context.HeadWeight, context.HeadBias);
        var moved = DistanceWalk.Run(distance, distance.Gram(), walk.Contains("/asc", StringComparison.Ordinal) ? 1 : -1, new(steps, 1e-3, 1));
        var (from, to) = (Cosines(context.HeadWeight.to(float64)), Cosines(moved.Weight(distance, context.HeadWeight.to(float64))));
        using var at = golden.Loss.At(from.to(precision), context.TrainLabels);
        golden.AssertGoldenOfLoss(at.Change((to - from).to(precision)), $"{walk}/deltaL");

        Tensor Cosines(Tensor weight) => UnitRows.Cosines(context.TrainFeatures.to(float64).mm(weight.t()) + context.HeadBias.to(float64), golden.Loss.Proxies);
    }

    [Theory]
    [InlineData("pnca")]
    [InlineData("st")]
    [InlineData("st with 3 centres")]
    public void Fast_path_equals_general_path_for_all_groups_together(string loss)
    {
        foreach (var (precision, bound) in new[] { (float64, 1e-9), (float32, 1e-4) })
        {
            using var golden = new GoldenCase(precision, loss == "st" ? "st" : "pnca");
            using var other = Other(loss, precision);
            var context = other is null ? golden.Context : golden.Context with { Loss = other };
            using var fast = Score(context, null, new() { Path = EifPath.Fast });
            using var general = Score(context, null, new() { Path = EifPath.General });
            var difference = (fast.Harm - general.Harm).norm(1) / general.Harm.norm(1);
            Assert.All(difference.to(float64).data<double>().ToArray(), error => Assert.InRange(error, 0, bound));
        }
    }

    [Fact]
    public void Several_blocks_of_samples_give_what_each_sample_gives()
    {
        using var golden = new GoldenCase(float64);
        var repeats = 40;
        var context =
            golden.Context with { TrainFeatures = golden.Context.TrainFeatures.repeat(repeats, 1), TrainLabels = golden.Context.TrainLabels.repeat(repeats) };
        using var once = Score(golden.Context, "pair1", new());
        foreach (var path in new[] { EifPath.Fast, EifPath.General })
        {
            using var estimator = new EifEstimator(new() { Path = path });
            estimator.Prepare(context, SilentProgress.Instance, CancellationToken.None);
            using var scores = estimator.Score(context, [GoldenCase.Confusion("pair1")], SilentProgress.Instance, CancellationToken.None);
            var error = (scores.Harm.view(repeats, -1) - once.Harm).norm() / scores.Harm.norm();
            Assert.InRange(error.item<double>(), 0, 1e-9);
        }
    }

    [Theory]
    [InlineData(EifPath.Fast)]
    [InlineData(EifPath.General)]
    public void Live_tensors_after_100_calls_equal_those_before(EifPath path)
    {
        using var golden = new GoldenCase(float32);
        using var estimator = new EifEstimator(new() { Path = path });
        var confusions = new[] { GoldenCase.Confusion("pair0"), GoldenCase.Confusion("group1") };
        estimator.Prepare(golden.Context, SilentProgress.Instance, CancellationToken.None);
        Call(estimator, golden.Context, confusions);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 100; i++) Call(estimator, golden.Context, confusions);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static void Call(EifEstimator estimator, InfluenceContext context, Confusion[] confusions) =>
        estimator.Score(context, confusions, SilentProgress.Instance, CancellationToken.None).Dispose();

    /// <summary>A loss that the golden case has no influence of, with its proxies.</summary>
    private static IProxyLoss? Other(string loss, ScalarType precision)
    {
        var shape = new LossShape(12, 32, precision, CPU);
        IProxyLoss? other = loss switch
        {
            "st with 3 centres" => new SoftTripleLoss(new() { Centers = 3 }, shape),
            _ => null,
        };
        using var noGradient = no_grad();
        other?.Proxies.copy_(GoldenCase.Load(other.ProxiesPerClass == 3 ? "st_k3/proxies" : "in/proxies_st"));
        return other;
    }

    private static HarmScores Score(InfluenceContext context, string? name, EifOptions options)
    {
        string[] names = name is null ? Names : [name];
        using var estimator = new EifEstimator(options);
        estimator.Prepare(context, SilentProgress.Instance, CancellationToken.None);
        return estimator.Score(context, [.. names.Select(GoldenCase.Confusion)], SilentProgress.Instance, CancellationToken.None);
    }
}
