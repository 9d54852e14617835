using Dml.Numerics;
using Dml.Plugins;
using static TorchSharp.torch;

namespace Dml.Bench;

/// <summary>
/// What replay costs: derivatives for 100 targets through a training of the head, in units of that training and of the matrix products that no way around
/// is known for; random features at Omniglot's size.
/// </summary>
internal static class ReplayBench
{
    private const int Samples = 1600;
    private const int Classes = 70;
    private const int Features = 256;
    private const int Embedding = 64;
    private const int Targets = 100;

    private static readonly HeadTraining Plain = new() { Steps = 50, LearningRate = 0.01 };

    public static void Run()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(0);
        using var loss = new ProxyNcaPPLoss(new(), new(Classes, Embedding, float32, CPU));
        var context = new InfluenceContext(
            randn(Samples, Features), randint(0, Classes, [Samples]), randn(Samples, Features), arange(Samples, int64),
            randn(Embedding, Features) / Math.Sqrt(Features), zeros(Embedding), loss);
        Confusion[] pairs = [.. Enumerable.Range(0, Targets).Select(t => Confusion.Of(new(2 * t, (2 * t) + 1)))];
        using var weights = ones(Samples, float64);
        Measure.Print($"N {Samples}, C {Classes}, D {Features}, E {Embedding}, {Targets} targets, {get_num_threads()} threads; processor seconds");
        var adam = Plain with { Optimizer = HeadOptimizer.Adam, LearningRate = 0.003 };
        foreach (var (name, training) in new[] { ("50 plain steps", Plain), ("50 steps of Adam", adam) })
        {
            HeadReplay.Train(context, training, weights).Dispose();
            var once = Enumerable.Range(0, 3).Min(_ => Measure.Of(() => HeadReplay.Train(context, training, weights).Dispose()).Processor);
            using var replay = new HeadReplay(context, training);
            using var gradients = ConfusionGradients.Of(pairs, context with { HeadWeight = replay.Weight, HeadBias = zeros(Embedding, float64) });
            var slopes = gradients.Dense(0, Targets);
            var back = Enumerable.Range(0, 3)
                .Min(_ => Measure.Of(() => replay.Derivatives(slopes, new Progress<ProgressReport>()).Derivatives.Dispose()).Processor);
            var (rows, wide) = (randn(BatchOrder.UsualBatch, Features, dtype: float64), slopes.flatten(0, 1).t());
            var floor = 2 * training.Steps * Enumerable.Range(0, 5).Min(_ => Measure.Of(() => rows.mm(wide).Dispose()).Processor);
            Measure.Print(
                $"  {name,-20} one training {once:0.000}, back for all {back:0.000}, that is {(back + once) / once:0.0} trainings; ",
                $"its matrix products {floor:0.000}");
        }
    }
}
