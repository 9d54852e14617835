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
        random.manual_seed(11);
        var trainLabels = arange(12).remainder(3);
        var (train, test) = (randn(12, 5, dtype: float64), randn(6, 5, dtype: float64));
        var (weight, bias) = (randn(4, 5, dtype: float64) / 2, randn(4, dtype: float64) / 4);
        Loss = makeLoss(new(3, 4, precision, CPU));
        Context = new(
            train.to(precision), trainLabels, test.to(precision), tensor(new long[] { 3, 3, 4, 4, 5, 5 }), weight.to(precision), bias.to(precision), Loss);
    }

    public static Confusion Pair { get; } = new("pair 0:2", ConfusionKind.Pair, [new(0, 2)]);

    public static Confusion Group { get; } = new("group 3", ConfusionKind.Group, [new(0, 2), new(1, 2), new(1, 4)]);

    public IMetricLoss Loss { get; }

    public InfluenceContext Context { get; }

    public static IMetricLoss ProxyNca(LossShape shape) => new ProxyNcaPPLoss(new(), shape);

    public void Dispose()
    {
        Loss.Dispose();
        _scope.Dispose();
    }
}
