using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using Dml.Engine.Verification;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Bench;

/// <summary>
/// The machinery of the influence function where its assumptions hold: logistic regression (5,000 training and 500 test images, as in dattri's table of
/// MNIST), whose loss is convex, by conjugate gradients against explicit retraining: <c>convex FOLDER [TESTS] [LAMBDA...]</c>, a folder of IDX files.
/// </summary>
internal static class ConvexBench
{
    private const int Train = 5000;
    private const int Classes = 10;
    private const int Subsets = 50;
    private const int Single = 50;
    private const int Epochs = 20;
    private const int Batch = 64;

    public static void Run(string[] arguments)
    {
        if (arguments is not [var folder, .. var numbers])
        {
            Console.WriteLine("convex FOLDER [TESTS] [LAMBDA...]: expected a folder with train-images-idx3-ubyte.gz and its three sisters.");
            return;
        }

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var tests = numbers.Length > 0 ? int.Parse(numbers[0], CultureInfo.InvariantCulture) : 500;
        var lambdas = numbers.Skip(1).Select(n => double.Parse(n, CultureInfo.InvariantCulture)).DefaultIfEmpty(0.01).ToArray();
        var (features, labels) = Read(folder, "train", Train);
        var (testFeatures, testLabels) = Read(folder, "t10k", tests);
        var (mean, deviation) = (features.mean(), features.std());
        (features, testFeatures) = (WithOne((features - mean) / deviation), WithOne((testFeatures - mean) / deviation));
        using var loss = new CrossEntropy();
        InfluenceContext context = new(
            features, labels, testFeatures, testLabels, zeros(Classes, features.shape[1], float64), zeros(Classes, float64), loss);
        Console.WriteLine(
            $"{Train} training and {tests} test images of {folder}; {Subsets} subsets of a half, {Single} single samples; Spearman, mean over test images.");
        foreach (var lambda in lambdas)
        {
            AtRest(context, lambda);
            BySteps(context, lambda);
        }
    }

    /// <summary>Trained to rest with a pull to 0, so that nothing but the first order of the score is put to the test.</summary>
    private static void AtRest(InfluenceContext context, double lambda)
    {
        using var scope = NewDisposeScope();
        var clock = Stopwatch.StartNew();
        var weight = Fit(context, Weights([]), lambda, context.HeadWeight, 1e-8);
        var scores = Scores(context with { HeadWeight = weight }, lambda, out var iterations);
        var before = Losses(context, weight);
        var halves = Halves();
        Print($"at rest, lambda {lambda}: accuracy {Accuracy(context, weight):P1}; LDS", scores, halves, [.. halves.Select(kept =>
            Change(Fit(context, Weights(LeftOut(kept)), lambda, weight, 1e-4)))]);
        var single = Chosen();
        Print($"at rest, lambda {lambda}: leave-one-out", scores, single, [.. single.Select(kept =>
            Change(Fit(context, Weights(LeftOut(kept)), lambda, weight, 1e-4)))]);
        Console.WriteLine($"  {clock.Elapsed.TotalSeconds:0} s, conjugate gradients with up to {iterations} iterations");

        double[] Change(Tensor after)
        {
            var own = Losses(context, after);
            after.Dispose();
            return [.. own.Zip(before, (a, b) => a - b)];
        }
    }

    /// <summary>Trained as users do: epochs of plain steps with momentum from 0, in one order of batches, without a pull.</summary>
    private static void BySteps(InfluenceContext context, double lambda)
    {
        using var scope = NewDisposeScope();
        var clock = Stopwatch.StartNew();
        var weight = Descend(context, [.. Enumerable.Repeat(true, Train)], 0);
        var scores = Scores(context with { HeadWeight = weight }, lambda, out _);
        var before = Losses(context, weight);
        var halves = Halves();
        double[][] real = [.. halves.Select((kept, s) => Change(kept, 0))];
        Print($"{Epochs} epochs of steps, lambda {lambda} in the score: accuracy {Accuracy(context, weight):P1}; LDS", scores, halves, real);
        var ceiling = DatamodelingScore.ByTarget(Turned([.. halves.Select(kept => Change(kept, 1))]), Turned(real)).Average();
        Console.WriteLine($"  ceiling (other orders of batches) {ceiling:0.000}, {clock.Elapsed.TotalSeconds:0} s");

        double[] Change(bool[] kept, int seed)
        {
            using var after = Descend(context, kept, seed);
            return [.. Losses(context, after).Zip(before, (a, b) => a - b)];
        }
    }

    private static void Print(string name, double[][] scores, bool[][] kept, double[][] real)
    {
        double[][] predicted = [.. scores.Select(s => DatamodelingScore.Predict(s, kept))];
        var score = DatamodelingScore.Of(predicted, Turned(real), 0);
        Console.WriteLine(FormattableString.Invariant($"{name} {score.Value:0.000} ({score.Low:0.000} to {score.High:0.000})"));
    }

    private static double[][] Turned(double[][] rows) => [.. Enumerable.Range(0, rows[0].Length).Select(t => rows.Select(r => r[t]).ToArray())];

    private static int[] LeftOut(bool[] kept) => [.. kept.Index().Where(k => !k.Item).Select(k => k.Index)];

    private static bool[][] Halves()
    {
        var random = new CounterRandom(1, 0, 0);
        return [.. Enumerable.Range(0, Subsets).Select(_ =>
        {
            bool[] kept = [.. Enumerable.Range(0, Train).Select(i => i % 2 == 0)];
            random.Shuffle(kept.AsSpan());
            return kept;
        })];
    }

    private static bool[][] Chosen()
    {
        int[] order = [.. Enumerable.Range(0, Train)];
        new CounterRandom(2, 0, 0).Shuffle(order.AsSpan());
        return [.. order.Take(Single).Select(i => Enumerable.Range(0, Train).Select(j => j != i).ToArray())];
    }

    private static Tensor Weights(int[] leftOut)
    {
        var weights = Enumerable.Repeat(1.0 / (Train - leftOut.Length), Train).ToArray();
        foreach (var i in leftOut) weights[i] = 0;
        return tensor(weights);
    }

    private static Tensor Fit(InfluenceContext context, Tensor weights, double lambda, Tensor start, double residual)
    {
        using var scope = NewDisposeScope();
        var found = Lbfgs.Minimise(At, start, new() { Residual = residual, Curvature = 100, Memory = 20 });
        return found.IsAtRest || found.Residual < 1e-4 ? found.Point.MoveToOuterDisposeScope()
            : throw new InvalidOperationException($"The fit left {found.Residual:G2} of its gradient.");

        (double Value, Tensor Slope) At(Tensor weight)
        {
            using var own = NewDisposeScope();
            var logits = context.TrainFeatures.mm(weight.t());
            var losses = context.Loss.PerSample(logits, context.TrainLabels);
            var slopes = CrossEntropy.Slopes(logits, context.TrainLabels).mul_(weights.unsqueeze(1));
            var value = (losses * weights).sum().item<double>() + (0.5 * lambda * weight.square().sum().item<double>());
            return (value, slopes.t().mm(context.TrainFeatures).add_(weight, alpha: lambda).MoveToOuterDisposeScope());
        }
    }

    private static Tensor Descend(InfluenceContext context, bool[] kept, int seed)
    {
        using var scope = NewDisposeScope();
        var weight = zeros_like(context.HeadWeight);
        var velocity = zeros_like(weight);
        int[] rows = [.. kept.Index().Where(k => k.Item).Select(k => k.Index)];
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            new CounterRandom(seed, 7, epoch).Shuffle(rows.AsSpan());
            foreach (var batch in rows.Chunk(Batch))
            {
                using var step = NewDisposeScope();
                var own = tensor(batch.Select(i => (long)i).ToArray());
                var features = context.TrainFeatures.index_select(0, own);
                var slopes = CrossEntropy.Slopes(features.mm(weight.t()), context.TrainLabels.index_select(0, own));
                velocity.mul_(0.9).add_(slopes.t().mm(features), alpha: 1.0 / batch.Length);
                weight.add_(velocity, alpha: -0.001);
            }
        }

        return weight.MoveToOuterDisposeScope();
    }

    /// <summary>v . (H + lambda I)^-1 g_i of the loss of each test image, by the solver and the sums that the estimator if takes.</summary>
    private static double[][] Scores(InfluenceContext context, double lambda, out int iterations)
    {
        using var scope = NewDisposeScope();
        var slopes = CrossEntropy.Slopes(context.TestFeatures.mm(context.HeadWeight.t()), context.TestLabels);
        var v = slopes.unsqueeze(2) * context.TestFeatures.unsqueeze(1);
        using var hessian = new HeadHessian(context);
        var solved = ConjugateGradients.Solve(hessian.Multiply, v, new() { Lambda = lambda });
        iterations = solved.Certificates.Max(c => c.Iterations);
        using var block = SolutionHarm.At(hessian, new(0, Train));
        var harm = block.Score(SolutionHarm.Solved([], solved.Values));
        return [.. Enumerable.Range(0, (int)harm.shape[0]).Select(t => harm[t].data<double>().ToArray())];
    }

    private static double[] Losses(InfluenceContext context, Tensor weight)
    {
        using var scope = NewDisposeScope();
        return context.Loss.PerSample(context.TestFeatures.mm(weight.t()), context.TestLabels).data<double>().ToArray();
    }

    private static double Accuracy(InfluenceContext context, Tensor weight)
    {
        using var scope = NewDisposeScope();
        return context.TestFeatures.mm(weight.t()).argmax(1).eq(context.TestLabels).to(float64).mean().item<double>();
    }

    private static Tensor WithOne(Tensor features) => cat([features, ones(features.shape[0], 1, float64)], 1);

    private static (Tensor Features, Tensor Labels) Read(string folder, string split, int count)
    {
        var pixels = Bytes(Path.Combine(folder, $"{split}-images-idx3-ubyte.gz"), 3);
        var labels = Bytes(Path.Combine(folder, $"{split}-labels-idx1-ubyte.gz"), 1);
        var size = pixels.Length / labels.Length;
        var images = tensor(pixels.Take(count * size).Select(p => p / 255.0).ToArray()).view(count, size);
        return (images, tensor(labels.Take(count).Select(l => (long)l).ToArray()));
    }

    private static byte[] Bytes(string path, int dimensions)
    {
        using var file = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var memory = new MemoryStream();
        file.CopyTo(memory);
        var all = memory.ToArray();
        return BinaryPrimitives.ReadInt32BigEndian(all) == 0x800 + dimensions ? all[(4 + (4 * dimensions))..]
            : throw new InvalidDataException($"Expected an IDX file of bytes in {dimensions} dimensions at {path}.");
    }

    /// <summary>Minus the log softmax of the right class, an embedding being the logits.</summary>
    private sealed class CrossEntropy : IMetricLoss
    {
        public IReadOnlyList<NamedParameter> Parameters => [];

        public Tensor PerSample(Tensor embeddings, Tensor labels)
        {
            using var scope = NewDisposeScope();
            return embeddings.log_softmax(1).gather(1, labels.unsqueeze(1)).squeeze(1).neg().MoveToOuterDisposeScope();
        }

        /// <summary>p - y, (n, C).</summary>
        public static Tensor Slopes(Tensor logits, Tensor labels)
        {
            using var scope = NewDisposeScope();
            var slopes = logits.softmax(1);
            return slopes.scatter_add_(1, labels.unsqueeze(1), full([labels.shape[0], 1], -1.0, dtype: float64)).MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
        }
    }
}
