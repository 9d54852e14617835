using Dml.Numerics;
using Dml.Plugins;
using static TorchSharp.torch;

namespace Dml.Bench;

/// <summary>
/// The solvers of the influence function at the size of CUB on random features with learnt-looking proxies, per target and in units of one
/// N x D x E float32 matrix product timed in the same run, by processor time.
/// </summary>
internal static class InverseHessianBench
{
    private const int Train = 5864;
    private const int Test = 5924;
    private const int Classes = 100;
    private const int Features = 2048;
    private const int Embedding = 512;
    private const int SingleSamples = 100;

    public static void Run(string[] arguments)
    {
        var targets = arguments.Select(a => int.TryParse(a, out var n) ? n : 0).FirstOrDefault(n => n > 0, 100);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        random.manual_seed(0);
        var labels = randint(0, Classes, [Train]);
        var features = Normalized((randn(Classes, Features).index_select(0, labels) / 2) + randn(Train, Features));
        var weight = randn(Embedding, Features) / Math.Sqrt(Features);
        using var loss = new ProxyNcaPPLoss(new(), new(Classes, Embedding, float32, CPU));
        var sums = zeros(Classes, Embedding).index_add(0, labels, UnitRows.Of(features.mm(weight.t())), 1);
        loss.Proxies.copy_(sums);
        var context = new InfluenceContext(features, labels, Normalized(randn(Test, Features)), arange(Test, int64), weight, zeros(Embedding), loss);
        Confusion[] pairs = [.. Enumerable.Range(0, targets)
            .Select(t => new Confusion($"pair {2 * t}:{(2 * t) + 1}", ConfusionKind.Pair, [new(2 * t, (2 * t) + 1)]))];
        var gemm = Enumerable.Range(0, 7).Min(_ => Seconds(() => features.mm(weight.t()).Dispose()));
        Measure.Print(
            $"{get_num_threads()} threads, N {Train}, D {Features}, E {Embedding}, C {Classes}, {targets} targets together; one GEMM {gemm * 1e3:0.0} ms");
        Solve("lissa, scale 500", context, new() { Solver = IfSolver.Lissa, Scale = 500 }, pairs, gemm);
        Measure.Print($"  {"the recursion one sample at a time (extrapolated)",-52}{OneAtATime(context) / gemm,8:0.00} GEMM a target");
        foreach (var lambda in new[] { 5, 0.5, 0.05 }) Solve($"cg, lambda {lambda}, residual 1e-3", context, new() { Lambda = lambda }, pairs, gemm);
        Solve("cg, Gauss-Newton, lambda 0.05", context, new() { Lambda = 0.05, Hessian = IfHessian.GaussNewton }, pairs, gemm);
        foreach (var solver in new[] { IfSolver.Ekfac, IfSolver.Datainf, IfSolver.Logra, IfSolver.Arnoldi })
        {
            Solve($"{solver.ToString().ToLowerInvariant()}, its usual rank and lambda", context, new() { Solver = solver }, pairs, gemm);
        }

        Project(context, gemm);
        Measure.Print($"  peak memory {Measure.PeakMegabytes():0} MB");
    }

    private static void Solve(string name, InfluenceContext context, IfOptions options, Confusion[] pairs, double gemm)
    {
        using var estimator = new IfEstimator(options);
        var prepared = Seconds(() => estimator.Prepare(context, new Progress<ProgressReport>(), CancellationToken.None));
        try
        {
            estimator.Solve([pairs[0]], new Progress<ProgressReport>(), CancellationToken.None).Dispose();
            SolvedTargets? solved = null;
            var seconds = Seconds(() => solved = estimator.Solve(pairs, new Progress<ProgressReport>(), CancellationToken.None));
            var solvers = solved!.Targets.Select(t => t.Solver!).ToList();
            Measure.Print(
                $"  {name,-52}{seconds / pairs.Length / gemm,8:0.00} GEMM a target, {solvers.Average(s => s.Iterations):0.0} iterations, ",
                $"residual at most {solvers.Max(s => s.Residual ?? double.NaN):0.0e+0}, {prepared / gemm:0} GEMM once");
            solved.Dispose();
        }
        catch (DmlException error)
        {
            Measure.Print($"  {name,-52}{error.Message}");
        }
    }

    /// <summary>What a projection of TRAK costs, of which it takes 512 a draw.</summary>
    private static void Project(InfluenceContext context, double gemm)
    {
        const int Projections = 16;
        using var estimator = new TrakEstimator(new() { Dimensions = Projections, Draws = 1 });
        var seconds = Seconds(() => estimator.Prepare(context, new Progress<ProgressReport>(), CancellationToken.None));
        Measure.Print($"  {"trak, once",-52}{seconds / Projections / gemm,8:0.00} GEMM a projection");
    }

    /// <summary>Seconds a target of the recursion as published, Hessian products in closed form: h f, B a, and h updated, for each sample.</summary>
    private static double OneAtATime(InfluenceContext context)
    {
        using var scope = NewDisposeScope();
        var h = randn(Embedding, Features);
        var v = h.clone();
        return Enumerable.Range(0, 2).Min(_ => Seconds(() =>
        {
            for (var i = 0; i < SingleSamples; i++)
            {
                using var step = NewDisposeScope();
                var f = context.TrainFeatures.narrow(0, i, 1);
                var a = f.mm(h.t());
                h.mul_(0.99).add_(v).addmm_(a.t(), f, beta: 1, alpha: -0.002f);
            }
        })) / SingleSamples * Train;
    }

    private static double Seconds(Action work) => Measure.Of(work).Processor / get_num_threads();

    private static Tensor Normalized(Tensor rows) => nn.functional.layer_norm(rows, [Features]);
}
