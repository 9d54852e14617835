using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Numerics;

public sealed class LbfgsTests
{
    /// <summary>Against the solution of the linear system.</summary>
    [Fact]
    public void The_lowest_point_of_a_quadratic_is_found_to_the_last_digits()
    {
        using var scope = NewDisposeScope();
        var root = (arange(36, float64) * 1.7).sin().view(6, 6);
        var matrix = root.mm(root.t()) + (0.1 * eye(6, 6, float64));
        var right = arange(6, float64).unsqueeze(1) - 2;
        var steps = new List<int>();
        using var found = Lbfgs.Minimise(
            x => ((0.5 * x.t().mm(matrix).mm(x)).item<double>() - right.t().mm(x).item<double>(), matrix.mm(x) - right), zeros(6, 1, float64),
            new() { Residual = 1e-11 }, steps.Add).Point;
        Assert.InRange((found - linalg.inv(matrix).mm(right)).abs().max().item<double>(), 0, 1e-9);
        Assert.Equal(Enumerable.Range(1, steps.Count), steps);
    }

    /// <summary>Rosenbrock's valley, which bends downwards in places.</summary>
    [Fact]
    public void A_bent_valley_is_followed_to_its_end_and_a_descent_that_was_cut_says_so()
    {
        using var scope = NewDisposeScope();
        var start = tensor(new[] { -1.2, 1.0 });
        var found = Lbfgs.Minimise(Valley, start, new() { Residual = 1e-12 });
        Assert.True(found.IsAtRest);
        Assert.InRange((found.Point - 1).abs().max().item<double>(), 0, 1e-8);
        Assert.Equal([-1.2, 1.0], start.data<double>().ToArray());
        var cut = Lbfgs.Minimise(Valley, start, new() { Residual = 1e-12, Iterations = 3 });
        Assert.False(cut.IsAtRest);
        Assert.Equal(3, cut.Iterations);
        Assert.True(cut.Residual > 1e-12 && cut.Value < 24.2);

        static (double Value, Tensor Slope) Valley(Tensor at)
        {
            var (x, y) = (at[0].item<double>(), at[1].item<double>());
            return (Math.Pow(1 - x, 2) + (100 * Math.Pow(y - (x * x), 2)),
                tensor(new[] { (-2 * (1 - x)) - (400 * x * (y - (x * x))), 200 * (y - (x * x)) }));
        }
    }

    [Fact]
    public void A_start_at_rest_stays_and_one_without_a_slope_is_told()
    {
        using var scope = NewDisposeScope();
        var rest = Lbfgs.Minimise(x => (x.square().sum().item<double>(), 2 * x), zeros(3, float64), new());
        Assert.True(rest.IsAtRest);
        Assert.Equal(0, rest.Iterations);
        var none = Lbfgs.Minimise(x => (double.NaN, x * double.NaN), ones(3, float64), new());
        Assert.False(none.IsAtRest);
        Assert.True(double.IsNaN(none.Residual));
    }

    [Fact]
    public void It_is_stopped_and_leaves_nothing_behind()
    {
        using var scope = NewDisposeScope();
        using var start = ones(3, float64);
        using var stop = new CancellationTokenSource();
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Assert.Throws<OperationCanceledException>(
            () => Lbfgs.Minimise(
                x => (x.pow(4).sum().item<double>(), 4 * x.pow(3)), start, new() { Residual = 1e-12, Curvature = 7 }, _ => stop.Cancel(), stop.Token));
        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
