using Dml.Numerics;
using Dml.Plugins;
using Dml.Testing;
using Dml.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Influence;

/// <summary>The influence function against an explicit Hessian, and its two ways to multiply with one against each other.</summary>
public class IfOracleTests
{
    public enum Kind
    {
        ProxyNca,
        SoftTriple,
        SoftTripleCentres,
        ArcFace,
        SubCenterArcFace,
        CosFace,
        NormSoftmax,
        ProxyNcaOfThePaper,
        SphereFace,
        ProxyCircle,
    }

    public static TheoryData<Kind> Kinds => [.. Enum.GetValues<Kind>()];

    public static TheoryData<IfSolver> Solvers => [.. Enum.GetValues<IfSolver>()];

    [Theory]
    [MemberData(nameof(Solvers))]
    public void A_solver_keeps_the_contract(IfSolver solver) => EstimatorConformance.Check(() => new IfEstimator(new() { Solver = solver, Residual = 1e-6 }));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_whole_Hessian_is_that_of_finite_differences(Kind kind)
    {
        using var problem = new SmallProblem(shape => Make(kind, shape), float64);
        using var scope = NewDisposeScope();
        var (context, lambda) = (problem.Context, 50.0);
        using var scores = Score(context, new() { Solver = IfSolver.Exact, Lambda = lambda });
        var hessian = ByDifferences(context);
        var v = Distance(context, context.HeadWeight).View();
        var inverse = linalg.inv(hessian + (lambda * eye(hessian.shape[0], dtype: float64)));
        for (var i = 0; i < context.TrainCount; i++)
        {
            var expected = v.view(1, -1).mm(inverse).mm(SampleGradient(context, context.HeadWeight, i).view(-1, 1)).item<double>();
            Assert.Equal(expected, scores.Harm[0, i].item<double>(), 1e-6 * scores.Harm[0].abs().max().item<double>());
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Closed_form_and_double_backward_agree(Kind kind)
    {
        foreach (var (precision, bound) in new[] { (float64, 1e-11), (float32, 1e-4) })
        {
            using var problem = new SmallProblem(shape => Make(kind, shape), precision);
            using var scope = NewDisposeScope();
            IfOptions options = new() { Lambda = 100, Residual = 1e-6 };
            using var closed = Score(problem.Context, options);
            using var hidden = Score(problem.Context with { Loss = new HiddenLoss(problem.Loss) }, options);
            Assert.Equal("closed form", closed.Targets[0].Path);
            Assert.Equal("double backward", hidden.Targets[0].Path);
            Assert.InRange(((closed.Harm - hidden.Harm).norm() / hidden.Harm.norm()).to(float64).item<double>(), 0, bound);
        }
    }

    [Fact]
    public void Negative_curvature_is_told_with_a_lambda_that_is_enough()
    {
        using var problem = new SmallProblem(shape => Make(Kind.SoftTriple, shape), float64);
        var error = Assert.Throws<DmlException>(() => Score(problem.Context, new() { Lambda = 0 }));
        Assert.StartsWith(
            "estimator.lambda: expected H + lambda I to be positive, found negative curvature at lambda = 0, since H has an eigenvalue near ", error.Message);
        Assert.EndsWith(", or set estimator.hessian to gaussNewton.", error.Message);
        var words = error.Message.Split(' ');
        var lambda = double.Parse(words[Array.LastIndexOf(words, "least") + 1].TrimEnd(','), System.Globalization.CultureInfo.InvariantCulture);
        Score(problem.Context, new() { Lambda = lambda, Residual = 1e-8 }).Dispose();
        using var gaussNewton = Score(problem.Context, new() { Lambda = 1e-3, Hessian = IfHessian.GaussNewton, Residual = 1e-8 });
        Assert.All(gaussNewton.Targets, t => Assert.InRange(t.Solver!.Residual!.Value, 0, 1e-8));
    }

    /// <summary>The eigenvalues of the Hessian by differences tell which damping is the least that is positive.</summary>
    [Theory]
    [InlineData(IfSolver.Cg)]
    [InlineData(IfSolver.Exact)]
    public void Without_a_lambda_the_least_is_taken_with_which_the_Hessian_is_positive(IfSolver solver)
    {
        using var problem = new SmallProblem(shape => Make(Kind.SoftTriple, shape), float64);
        using var scope = NewDisposeScope();
        var context = problem.Context with { TrainFeatures = problem.Context.TrainFeatures * 3 };
        var least = linalg.eigvalsh(ByDifferences(context))[0].item<double>();
        Assert.InRange(least, double.NegativeInfinity, -5);
        using var free = Score(context, new() { Solver = solver, Residual = 1e-9 });
        using var chosen = Score(context, new() { Solver = solver, Residual = 1e-9, Lambda = -1.05 * least });
        Assert.InRange(((free.Harm - chosen.Harm).norm() / chosen.Harm.norm()).item<double>(), 0, 0.02);
        Assert.All(free.Targets, t => Assert.StartsWith("lambda ", t.Solver!.Note, StringComparison.Ordinal));
        Assert.All(chosen.Targets, t => Assert.DoesNotContain("in place of", t.Solver!.Note, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(IfSolver.Cg)]
    [InlineData(IfSolver.Exact)]
    public void Where_the_usual_lambda_is_enough_it_is_taken_and_nothing_is_said(IfSolver solver)
    {
        using var problem = new SmallProblem(shape => Make(Kind.ProxyNca, shape), float64);
        using var scope = NewDisposeScope();
        var context = problem.Context with { TrainFeatures = problem.Context.TrainFeatures / 10 };
        Assert.InRange(linalg.eigvalsh(ByDifferences(context))[0].item<double>(), -5, 0);
        using var free = Score(context, new() { Solver = solver });
        using var usual = Score(context, new() { Solver = solver, Lambda = 5 });
        Assert.Equal(usual.Harm.data<double>().ToArray(), free.Harm.data<double>().ToArray());
        Assert.Equal(usual.Targets.Select(t => t.Solver!.Note), free.Targets.Select(t => t.Solver!.Note));
    }

    [Theory]
    [InlineData(-3, 5, 5, false)]
    [InlineData(-10, 5, 10.5, true)]
    [InlineData(-5, 5, 5.25, true)]
    [InlineData(2, 0.5, 0.5, false)]
    public void The_damping_follows_its_rule(double least, double usual, double expected, bool raised)
    {
        var damping = PositiveDamping.Of(least, usual);
        Assert.Equal(expected, damping.Lambda, 12);
        Assert.Equal(raised, damping.IsRaised);
        Assert.Equal(raised, damping.Note.Length > 0);
    }

    [Fact]
    public void A_recursion_that_diverges_is_told_with_a_scale_to_use()
    {
        using var problem = new SmallProblem(shape => Make(Kind.ProxyNca, shape), float64);
        using var scope = NewDisposeScope();
        var context =
            problem.Context with { TrainFeatures = problem.Context.TrainFeatures.repeat(100, 1), TrainLabels = problem.Context.TrainLabels.repeat(100) };
        var error = Assert.Throws<DmlException>(() => Score(context, new() { Solver = IfSolver.Lissa, Scale = 0.1 }));
        Assert.Contains("estimator.scale", error.Message, StringComparison.Ordinal);
        Score(context, new() { Solver = IfSolver.Lissa }).Dispose();
    }

    [Fact]
    public void Heads_beyond_a_dense_Hessian_and_Gauss_Newton_of_an_unknown_loss_are_refused()
    {
        using var problem = new SmallProblem(shape => Make(Kind.ProxyNca, shape), float32);
        using var scope = NewDisposeScope();
        var large = problem.Context with { HeadWeight = randn(4, 2000), TrainFeatures = randn(12, 2000), TestFeatures = randn(6, 2000) };
        Assert.Equal(
            "estimator.solver: expected cg or lissa for a head of E x D = 4 x 2000, found exact, "
                + "which holds the whole Hessian and serves heads of at most 4096 weights; set estimator.solver to cg.",
            Assert.Throws<DmlException>(() => Score(large, new() { Solver = IfSolver.Exact })).Message);
        Assert.Equal(
            "estimator.hessian: expected full for HiddenLoss, "
                + "found gaussNewton, which needs a loss that states its derivatives in closed form (IProxyLoss.CurvatureAt); set estimator.hessian to full.",
            Assert.Throws<DmlException>(
                () => Score(problem.Context with { Loss = new HiddenLoss(problem.Loss) }, new() { Hessian = IfHessian.GaussNewton })).Message);
    }

    [Theory]
    [MemberData(nameof(Solvers))]
    public void Rankings_stay_as_they_are(IfSolver solver)
    {
        // The last digits of float32 are those of the processor's kernels; float64 keeps all that are shown on any.
        var isOfHessian = solver is IfSolver.Cg or IfSolver.Lissa or IfSolver.Exact;
        using var problem = new SmallProblem(shape => Make(Kind.ProxyNca, shape), float64);
        using var scores = Score(problem.Context, new() { Solver = solver, Lambda = isOfHessian ? 50 : null, Residual = 1e-9, Scale = 500 });
        var text = string.Join("\n", scores.Targets.Select((target, row) =>
        {
            var harm = scores.Harm[row].to(float32).data<float>().ToArray();
            var order = Enumerable.Range(0, harm.Length).OrderByDescending(i => harm[i]);
            return $"{target.Confusion.Name}, path {target.Path}, d = {target.Distance:F6}\n"
                + string.Concat(order.Select(i => FormattableString.Invariant($"  {i,2} {harm[i],10:F6}\n")));
        }));
        Snapshot.Verify(text, solver.ToString());
    }

    [Theory]
    [MemberData(nameof(Solvers))]
    public void Live_tensors_after_100_calls_equal_those_before(IfSolver solver)
    {
        using var problem = new SmallProblem(shape => Make(Kind.ProxyNca, shape), float32);
        using var estimator = new IfEstimator(new() { Solver = solver, Lambda = 50 });
        estimator.Prepare(problem.Context, SilentProgress.Instance, CancellationToken.None);
        Call();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 100; i++) Call();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        void Call() => estimator.Score(problem.Context, [SmallProblem.Pair, SmallProblem.Group], SilentProgress.Instance, CancellationToken.None).Dispose();
    }

    internal static IMetricLoss Make(Kind kind, LossShape shape) => kind switch
    {
        Kind.ProxyNca => new ProxyNcaPPLoss(new(), shape),
        Kind.SoftTriple => new SoftTripleLoss(new(), shape),
        Kind.SoftTripleCentres => new SoftTripleLoss(new() { Centers = 3 }, shape),
        Kind.ArcFace => new ArcFaceLoss(new() { Scale = 8 }, shape),
        Kind.SubCenterArcFace => new SubCenterArcFaceLoss(new() { Scale = 8 }, shape),
        Kind.CosFace => new CosFaceLoss(new() { Scale = 8 }, shape),
        Kind.NormSoftmax => new NormSoftmaxLoss(new() { Temperature = 0.1 }, shape),
        Kind.ProxyNcaOfThePaper => new ProxyNcaLoss(new() { Scale = 2 }, shape),
        Kind.SphereFace => new SphereFaceLoss(new() { Scale = 8 }, shape),
        _ => new ProxyCircleLoss(new() { Scale = 8 }, shape),
    };

    private static HarmScores Score(InfluenceContext context, IfOptions options)
    {
        using var estimator = new IfEstimator(options);
        estimator.Prepare(context, SilentProgress.Instance, CancellationToken.None);
        return estimator.Score(context, [SmallProblem.Pair, SmallProblem.Group], SilentProgress.Instance, CancellationToken.None);
    }

    private static Tensor SampleGradient(InfluenceContext context, Tensor at, int sample)
    {
        var weight = at.detach().clone().requires_grad_();
        var loss = context.Loss.PerSample(
            context.TrainFeatures.narrow(0, sample, 1).mm(weight.t()) + context.HeadBias, context.TrainLabels.narrow(0, sample, 1)).sum();
        return Gradients.Of(loss, weight);
    }

    private static Tensor Distance(InfluenceContext context, Tensor at)
    {
        var weight = at.detach().clone().requires_grad_();
        var unit = nn.functional.normalize(context.TestFeatures.mm(weight.t()) + context.HeadBias, dim: 1);
        return Gradients.Of((unit[0] - unit[2]).square().sum(), weight);
    }

    /// <summary>(ED, ED): differences of the mean gradient, which automatic differentiation gives.</summary>
    private static Tensor ByDifferences(InfluenceContext context)
    {
        const double Step = 1e-5;
        var size = (int)context.HeadWeight.numel();
        var columns = Enumerable.Range(0, size).Select(k =>
        {
            var unit = zeros(size, dtype: float64);
            unit[k] = Step;
            var move = unit.view(context.HeadWeight.shape);
            return (Mean(context.HeadWeight + move) - Mean(context.HeadWeight - move)).View() / (2 * Step);
        });
        return stack([.. columns]);

        Tensor Mean(Tensor weight) => stack([.. Enumerable.Range(0, (int)context.TrainCount).Select(i => SampleGradient(context, weight, i))]).mean([0]);
    }

    /// <summary>A loss that does not tell that it is one of proxy cosines.</summary>
    private sealed class HiddenLoss(IMetricLoss loss) : IMetricLoss
    {
        public IReadOnlyList<NamedParameter> Parameters => loss.Parameters;

        public Tensor PerSample(Tensor embeddings, Tensor labels) => loss.PerSample(embeddings, labels);

        public void Dispose()
        {
        }
    }
}

internal static class FlatTensors
{
    public static Tensor View(this Tensor tensor) => tensor.reshape(-1);
}
