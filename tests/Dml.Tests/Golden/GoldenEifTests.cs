using Dml.Numerics;
using Dml.Plugins;
using Dml.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Golden;

public sealed class GoldenEifTests
{
    public static TheoryData<string, ScalarType, EifPath> Cases()
    {
        var cases = new TheoryData<string, ScalarType, EifPath>();
        foreach (var name in new[] { "pair0", "pair1", "pair2", "group0", "group1" })
        {
            foreach (var precision in new[] { ScalarType.Float32, ScalarType.Float64 })
            {
                foreach (var path in new[] { EifPath.Fast, EifPath.General }) cases.Add(name, precision, path);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Influence_equals_the_published_one(string name, ScalarType precision, EifPath path)
    {
        using var golden = new GoldenCase(precision);
        foreach (var (steps, directions) in new[] { (50, 1), (50, 2), (1, 1) })
        {
            using var scores = Score(golden, name, new() { Steps = steps, Directions = directions, Path = path });
            golden.AssertGolden(scores.Harm[0], $"{name}/EIF_s{steps}_t{directions}_pnca");
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

    [Fact]
    public void Fast_path_equals_general_path_for_all_groups_together()
    {
        foreach (var (precision, bound) in new[] { (float64, 1e-9), (float32, 1e-4) })
        {
            using var golden = new GoldenCase(precision);
            using var fast = Score(golden, null, new() { Path = EifPath.Fast });
            using var general = Score(golden, null, new() { Path = EifPath.General });
            var difference = (fast.Harm - general.Harm).norm(1) / general.Harm.norm(1);
            Assert.All(difference.to(float64).data<double>().ToArray(), error => Assert.InRange(error, 0, bound));
        }
    }

    [Fact]
    public void Several_blocks_of_samples_give_what_each_sample_gives()
    {
        using var golden = new GoldenCase(float64);
        var repeats = 40;
        var context = golden.Context with { TrainFeatures = golden.Context.TrainFeatures.repeat(repeats, 1), TrainLabels = golden.Context.TrainLabels.repeat(repeats) };
        using var once = Score(golden, "pair1", new());
        foreach (var path in new[] { EifPath.Fast, EifPath.General })
        {
            using var estimator = new EifEstimator(new() { Path = path });
            estimator.Prepare(context, SilentProgress.Instance, CancellationToken.None);
            using var scores = estimator.Score([GoldenCase.Confusion("pair1")], SilentProgress.Instance, CancellationToken.None);
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
        Call(estimator, confusions);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 100; i++) Call(estimator, confusions);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static void Call(EifEstimator estimator, Confusion[] confusions) =>
        estimator.Score(confusions, SilentProgress.Instance, CancellationToken.None).Dispose();

    private static HarmScores Score(GoldenCase golden, string? name, EifOptions options)
    {
        string[] names = name is null ? ["pair0", "pair1", "pair2", "group0", "group1"] : [name];
        using var estimator = new EifEstimator(options);
        estimator.Prepare(golden.Context, SilentProgress.Instance, CancellationToken.None);
        return estimator.Score([.. names.Select(GoldenCase.Confusion)], SilentProgress.Instance, CancellationToken.None);
    }
}
