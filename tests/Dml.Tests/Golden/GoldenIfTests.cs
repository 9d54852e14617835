using Dml.Plugins;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Golden;

/// <summary>The published influence function: one pass of its recursion, and the scores from it. Its sign is the opposite of harm.</summary>
public class GoldenIfTests
{
    private static readonly string[] Names = ["pair0", "pair1", "pair2", "group0", "group1"];

    public static TheoryData<string, ScalarType> Cases => new MatrixTheoryData<string, ScalarType>(GoldenCase.Losses, [ScalarType.Float32, ScalarType.Float64]);

    private static IfOptions Published => new() { Solver = IfSolver.Lissa, Damping = 0.01, Scale = 500 };

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_recursion_in_blocks_gives_the_published_solution_and_scores(string loss, ScalarType precision)
    {
        using var golden = new GoldenCase(precision, loss);
        using var scope = NewDisposeScope();
        using var estimator = Prepared(golden.Context, Published);
        using var solved = estimator.Solve([.. Names.Select(GoldenCase.Confusion)], SilentProgress.Instance, CancellationToken.None);
        using var block = estimator.At(new(0, golden.Context.TrainCount));
        var harm = block.Score(solved);
        foreach (var (row, name) in Names.Index())
        {
            golden.AssertGoldenOfLoss(solved.State["h"][row], $"{name}/ihvp");
            golden.AssertGoldenOfLoss(-harm[row], $"{name}/IF");
        }
    }

    /// <summary>One sample at a time, its Hessian product by differentiating twice: the recursion as it stands.</summary>
    [Theory]
    [InlineData("pnca")]
    [InlineData("st")]
    public void The_recursion_one_sample_at_a_time_gives_the_published_solution(string loss)
    {
        using var golden = new GoldenCase(float64, loss);
        using var scope = NewDisposeScope();
        var context = golden.Context;
        var v = GoldenCase.Load("f64/pair0/grad_d");
        var h = v.clone();
        for (var i = 0; i < context.TrainCount; i++)
        {
            using var step = NewDisposeScope();
            var (f, label) = (context.TrainFeatures.narrow(0, i, 1), context.TrainLabels.narrow(0, i, 1));
            var curved = Dml.Numerics.Gradients.HessianProducts(
                e => context.Loss.PerSample(e, label), f.mm(context.HeadWeight.t()) + context.HeadBias, f.mm(h.t()));
            h.copy_(v + (0.99 * h) - (curved.t().mm(f) / 500));
        }

        golden.AssertGoldenOfLoss(h / 500, "pair0/ihvp");
    }

    [Theory]
    [InlineData("pnca")]
    [InlineData("st")]
    public void Conjugate_gradients_and_the_whole_Hessian_agree_to_the_stated_residual(string loss)
    {
        using var golden = new GoldenCase(float64, loss);
        using var scope = NewDisposeScope();
        Confusion[] confusions = [.. Names.Select(GoldenCase.Confusion)];
        using var exact = Prepared(golden.Context, new() { Solver = IfSolver.Exact }).Solve(confusions, SilentProgress.Instance, CancellationToken.None);
        foreach (var residual in new[] { 1e-3, 1e-9 })
        {
            using var cg = Prepared(golden.Context, new() { Residual = residual }).Solve(confusions, SilentProgress.Instance, CancellationToken.None);
            Assert.All(cg.Targets, t => Assert.InRange(t.Solver!.Residual!.Value, 0, residual));
            var error = (cg.State["h"] - exact.State["h"]).norm().item<double>() / exact.State["h"].norm().item<double>();

            // Relative error of the solution: at most the residual times the condition number.
            Assert.InRange(error, 0, residual * cg.Targets.Max(t => t.Solver!.Condition!.Value));
            Assert.All(cg.Targets.Zip(exact.Targets), t => Assert.InRange(t.First.Solver!.Condition!.Value, 1, t.Second.Solver!.Condition!.Value * 1.01));
        }
    }

    private static IfEstimator Prepared(InfluenceContext context, IfOptions options)
    {
        var estimator = new IfEstimator(options);
        estimator.Prepare(context, SilentProgress.Instance, CancellationToken.None);
        return estimator;
    }
}
