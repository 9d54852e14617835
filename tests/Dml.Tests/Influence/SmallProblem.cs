using Dml.Plugins;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Influence;

/// <summary>A fixed problem small enough for plain loops: N = 12 in 3 classes, M = 6, D = 5, E = 4.</summary>
internal sealed class SmallProblem : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public SmallProblem(Func<LossShape, IMetricLoss> makeLoss, ScalarType precision)
    {
        // Losses begin with torch's one generator, which tests of other classes draw from at the same time: two draws alike are undisturbed.
        var (loss, numbers) = Draw(makeLoss, precision);
        while (true)
        {
            var (again, same) = Draw(makeLoss, precision);
            var agrees = Values(loss, numbers).SequenceEqual(Values(again, same));
            loss.Dispose();
            (loss, numbers) = (again, same);
            if (agrees) break;
        }

        Loss = loss;
        Context = new(
            numbers[0].to(precision), arange(12).remainder(3), numbers[1].to(precision), tensor(new long[] { 3, 3, 4, 4, 5, 5 }), numbers[2].to(precision),
            numbers[3].to(precision), Loss);
    }

    public static Confusion Pair { get; } = new("pair 0:2", ConfusionKind.Pair, [new(0, 2)]);

    public static Confusion Group { get; } = new("group 3", ConfusionKind.Group, [new(0, 2), new(1, 2), new(1, 4)]);

    public IMetricLoss Loss { get; }

    public InfluenceContext Context { get; }

    public static IMetricLoss ProxyNca(LossShape shape) => new ProxyNcaPPLoss(new(), shape);

    private static (IMetricLoss Loss, Tensor[] Numbers) Draw(Func<LossShape, IMetricLoss> makeLoss, ScalarType precision)
    {
        random.manual_seed(11);
        Tensor[] numbers = [randn(12, 5, dtype: float64), randn(6, 5, dtype: float64), randn(4, 5, dtype: float64) / 2, randn(4, dtype: float64) / 4];
        return (makeLoss(new(3, 4, precision, CPU)), numbers);
    }

    private static double[] Values(IMetricLoss loss, Tensor[] numbers) =>
        [.. loss.Parameters.Select(p => (Tensor)p.Value).Concat(numbers).SelectMany(t => t.detach().to(float64).cpu().flatten().data<double>().ToArray())];

    public void Dispose()
    {
        Loss.Dispose();
        _scope.Dispose();
    }
}
