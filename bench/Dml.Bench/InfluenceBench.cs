using System.Globalization;
using Dml.Numerics;
using Dml.Plugins;
using static TorchSharp.torch;

namespace Dml.Bench;

/// <summary>
/// The empirical influence function at the sizes of the three datasets, on random features, in units of one N x D x E float32 matrix
/// product timed in the same run: the fast path, the general path with one product a theta', and the published order of work.
/// </summary>
internal static class InfluenceBench
{
    private const int Features = 2048;
    private const int Embedding = 512;
    private const int OpponentTargets = 5;
    private const int SingleSamples = 200;

    /// <summary>Training samples, test samples and classes of the datasets.</summary>
    internal static readonly Dictionary<string, (int Train, int Test, int Classes)> Sizes = new(StringComparer.Ordinal)
    {
        ["cub"] = (5864, 5924, 100),
        ["cars"] = (8054, 8131, 98),
        ["inshop"] = (25882, 26830, 3997),
    };

    public static void Run(string[] arguments)
    {
        var names = arguments.Where(Sizes.ContainsKey).DefaultIfEmpty("cub").ToList();
        var targets = arguments.Select(a => int.TryParse(a, CultureInfo.InvariantCulture, out var n) ? n : 0).FirstOrDefault(n => n > 0, 100);
        Console.WriteLine(
            $"{Environment.ProcessorCount} cores, {get_num_threads()} threads, D {Features}, E {Embedding}, {targets} pairs together; one direction / two");
        foreach (var name in names) Compare(name, Sizes[name], targets);
    }

    /// <summary>How a target's cost grows when one of N, C and the number of targets together is changed.</summary>
    public static void RunGrowth()
    {
        var (train, test, classes) = Sizes["cub"];
        Console.WriteLine($"{Environment.ProcessorCount} cores, {get_num_threads()} threads, D {Features}, E {Embedding}, EIF in one direction; ms a target");
        foreach (var n in new[] { train / 2, train, 2 * train, 4 * train }) Measured($"N {n}, C {classes}, 100 together", (n, test, classes), 100);
        foreach (var c in new[] { 50, 200, 400, 800 }) Measured($"N {train}, C {c}, 100 together", (train, test, c), 100);
        foreach (var t in new[] { 1, 10, 1000 }) Measured($"N {train}, C {classes}, {t} together", (train, test, classes), t);
    }

    private static void Measured(string name, (int Train, int Test, int Classes) size, int targets)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (context, pairs) = Problem(size, targets);
        using var loss = context.Loss;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-36}{1e3 * Fast(context, pairs, 1).Total / targets,10:0.00}"));
    }

    /// <summary>Random features at CUB size.</summary>
    public static (InfluenceContext Context, Confusion[] Pairs) CubProblem() => Problem(Sizes["cub"], 1);

    private static (InfluenceContext Context, Confusion[] Pairs) Problem((int Train, int Test, int Classes) size, int targets)
    {
        random.manual_seed(0);
        var context = new InfluenceContext(
            randn(size.Train, Features), randint(0, size.Classes, [size.Train]), randn(size.Test, Features), arange(size.Test, int64),
            randn(Embedding, Features) / Math.Sqrt(Features), zeros(Embedding), new ProxyNcaPPLoss(new(), new(size.Classes, Embedding, float32, CPU)));
        return (context, [
            .. Enumerable.Range(0, targets).Select(t => new Confusion($"pair {2 * t}:{(2 * t) + 1}", ConfusionKind.Pair, [new(2 * t, (2 * t) + 1)]))]);
    }

    private static void Compare(string name, (int Train, int Test, int Classes) size, int targets)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (context, pairs) = Problem(size, targets);
        using var loss = context.Loss;
        var gemm = Best(7, () => context.TrainFeatures.mm(context.HeadWeight.t()).Dispose());
        var copy = Best(5, () => context.TrainFeatures.clone().Dispose());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name}: N {size.Train}, M {size.Test}, C {size.Classes}; one GEMM {gemm * 1e3:0.0} "
                + $"ms = {2.0 * size.Train * Features * Embedding / gemm / 1e9:0} GFLOP/s, copy {2.0 * 4 * size.Train * Features / copy / 1e9:0.0} GB/s"));
        var fast = new[] { 1, 2 }.Select(d => Fast(context, pairs, d)).ToArray();
        var general = General(context, pairs);
        var published = Published(context, pairs[0]);
        Row("walks alone", fast.Select(f => f.Walks / targets / gemm));
        Row("fast path", fast.Select(f => f.Total / targets / gemm));
        Row("general, one product a theta'", [general / gemm, 2 * general / gemm]);
        Row("published order (extrapolated)", [published / gemm, 2 * published / gemm]);
        Row("general / fast", fast.Select((f, i) => (i + 1) * general / (f.Total / targets)));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  {"seconds a target, fast path",-32}{fast[0].Total / targets,10:0.00000}{fast[1].Total / targets,10:0.00000}; "
                + $"peak memory {Measure.PeakMegabytes():0} MB"));
    }

    private static void Row(string name, IEnumerable<double> values) =>
        Console.WriteLine($"  {name,-32}{string.Concat(values.Select(v => v.ToString("0.0000", CultureInfo.InvariantCulture).PadLeft(10)))}");

    private static (double Walks, double Total) Fast(InfluenceContext context, Confusion[] pairs, int directions)
    {
        using var estimator = new EifEstimator(new() { Directions = directions });
        var progress = new Progress<ProgressReport>();
        estimator.Prepare(context, progress, CancellationToken.None);

        // Until hot loops are compiled for speed.
        for (var i = 0; i < 3; i++) estimator.Score(context, [.. pairs.Take(20)], progress, CancellationToken.None).Dispose();
        var walks = Best(1, () => estimator.Solve(pairs, progress, CancellationToken.None).Dispose());
        var total = Best(1, () => estimator.Score(context, pairs, progress, CancellationToken.None).Dispose());
        return (walks, total);
    }

    /// <summary>
    /// A fair opponent: the same closed-form walk, losses at theta cached, one product and one loss a theta'. Seconds a target, one direction.
    /// </summary>
    private static double General(InfluenceContext context, Confusion[] pairs)
    {
        using var scope = NewDisposeScope();
        var before = context.Loss.PerSample(context.TrainFeatures.mm(context.HeadWeight.t()) + context.HeadBias, context.TrainLabels);
        return Best(2, () =>
        {
            foreach (var pair in pairs.Take(OpponentTargets))
            {
                using var pairScope = NewDisposeScope();
                var (walk, moved) = Walk(context, pair);
                _ = (context.Loss.PerSample(context.TrainFeatures.mm(moved.t()) + context.HeadBias, context.TrainLabels) - before) * walk.DeltaDistance;
            }
        }) / OpponentTargets;
    }

    /// <summary>One sample at a time, at theta and at theta', as published but for the backbone. Seconds a target, one direction.</summary>
    private static double Published(InfluenceContext context, Confusion pair)
    {
        using var scope = NewDisposeScope();
        var (_, moved) = Walk(context, pair);
        var seconds = Best(2, () =>
        {
            for (var i = 0; i < SingleSamples; i++)
            {
                using var sample = NewDisposeScope();
                var (row, label) = (context.TrainFeatures.narrow(0, i, 1), context.TrainLabels.narrow(0, i, 1));
                foreach (var weight in new[] { context.HeadWeight, moved })
                {
                    _ = context.Loss.PerSample(row.mm(weight.t()) + context.HeadBias, label).item<float>();
                }
            }
        });
        return seconds / SingleSamples * context.TrainCount;
    }

    private static (DistanceWalk Walk, Tensor Moved) Walk(InfluenceContext context, Confusion pair)
    {
        var distance = ConfusionDistance.Of(pair, context.TestFeatures, context.HeadWeight, context.HeadBias);
        var walk = DistanceWalk.Run(distance, distance.Gram(), 1, new(50, 1e-3, 1));
        return (walk, walk.Weight(distance, context.HeadWeight).to(float32));
    }

    /// <summary>Processor seconds of the best of several runs over the number of cores: what an idle machine would take, on a busy one too.</summary>
    private static double Best(int times, Action work) =>
        Enumerable.Range(0, times).Min(_ => Measure.Of(work).Processor) / Math.Min(Environment.ProcessorCount, get_num_threads());
}
