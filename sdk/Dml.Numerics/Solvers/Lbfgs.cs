using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// The lowest point of a smooth function, downhill by L-BFGS (Liu and Nocedal 1989) with steps whose length is searched; of a function that is not convex the
/// point where the descent comes to rest.
/// </summary>
public static class Lbfgs
{
    /// <summary>Share of what the slope promises that a step must bring.</summary>
    private const double Sufficient = 1e-4;

    /// <summary>Share of the slope along a step that it may leave.</summary>
    private const double Flattened = 0.9;

    /// <summary>Lengths of a step that are tried, after which rounding is all that is left to gain.</summary>
    private const int Trials = 40;

    /// <summary>Least cosine of a step with the change of slope: where the function bends downwards a pair would turn the next direction uphill.</summary>
    private const double LeastBend = 1e-12;

    /// <summary>Goes downhill.</summary>
    /// <param name="function">Its value and slope at a point; the slope is a new tensor of the point's shape.</param>
    /// <param name="start">Where it begins, float64; stays as it is.</param>
    /// <param name="options">When it stops.</param>
    /// <param name="progress">Called with the number of steps done.</param>
    /// <param name="cancellationToken">Stops it between two steps.</param>
    /// <returns>The point, which the caller disposes of.</returns>
    public static LbfgsResult Minimise(
        Func<Tensor, (double Value, Tensor Slope)> function, Tensor start, LbfgsOptions options, Action<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Iterations, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Memory, 1);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var point = start.detach().clone();
        var (value, slope) = function(point);
        var first = Norm(slope);
        var pairs = new List<(Tensor Step, Tensor Change, double Product)>();
        var iterations = 0;
        while (Share(slope) > options.Residual && iterations < options.Iterations)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var stepScope = NewDisposeScope();
            var direction = Direction(slope, pairs, options.Curvature);
            if (Search(function, point, value, direction, Product(slope, direction)) is not { } next) break;
            var (step, change) = (next.Point - point, next.Slope - slope);
            var product = Product(step, change);
            if (product > LeastBend * Norm(step) * Norm(change))
            {
                pairs.Add((step.MoveToOuterDisposeScope(), change.MoveToOuterDisposeScope(), product));
                if (pairs.Count > options.Memory) Forget(pairs);
            }

            point.Dispose();
            slope.Dispose();
            (point, value, slope) = (next.Point.MoveToOuterDisposeScope(), next.Value, next.Slope.MoveToOuterDisposeScope());
            iterations++;
            progress?.Invoke(iterations);
        }

        var left = Share(slope);
        return new(point.MoveToOuterDisposeScope(), value, iterations, left) { IsAtRest = left <= options.Residual };

        // 0 where there was no slope to begin with: the start is at rest.
        double Share(Tensor own) => first == 0 ? 0 : Norm(own) / first;
    }

    private static double Norm(Tensor values)
    {
        using var norm = values.norm();
        return norm.item<double>();
    }

    private static double Product(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        return (a * b).sum().item<double>();
    }

    private static void Forget(List<(Tensor Step, Tensor Change, double Product)> pairs)
    {
        pairs[0].Step.Dispose();
        pairs[0].Change.Dispose();
        pairs.RemoveAt(0);
    }

    /// <summary>Downhill: what the pairs tell of the inverse curvature, times the slope.</summary>
    private static Tensor Direction(Tensor slope, List<(Tensor Step, Tensor Change, double Product)> pairs, double curvature)
    {
        using var scope = NewDisposeScope();
        var direction = slope.neg();
        var weights = new double[pairs.Count];
        for (var k = pairs.Count - 1; k >= 0; k--)
        {
            weights[k] = Product(pairs[k].Step, direction) / pairs[k].Product;
            direction.add_(pairs[k].Change, alpha: -weights[k]);
        }

        direction.mul_(pairs.Count == 0 ? 1 / curvature : pairs[^1].Product / Product(pairs[^1].Change, pairs[^1].Change));
        foreach (var (k, pair) in pairs.Index()) direction.add_(pair.Step, alpha: weights[k] - (Product(pair.Change, direction) / pair.Product));
        return direction.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// A step that brings enough and flattens the slope along it (the conditions of Wolfe), by doubling and then bisecting; null where there is none but for
    /// rounding.
    /// </summary>
    private static (Tensor Point, double Value, Tensor Slope)? Search(
        Func<Tensor, (double Value, Tensor Slope)> function, Tensor point, double value, Tensor direction, double promised)
    {
        var (shortest, longest, length) = (0.0, double.PositiveInfinity, 1.0);
        for (var i = 0; i < Trials; i++)
        {
            var tried = point.add(direction, alpha: length);
            var (own, slope) = function(tried);
            var along = Product(slope, direction);

            // The last steps gain less than the digits of the value: there the slope along the step tells alone.
            var isRounding = Math.Abs(own - value) <= 1e-14 * Math.Abs(value);
            if (!(own <= value + (Sufficient * length * promised)) && !isRounding) longest = length;
            else if (along < Flattened * promised) shortest = length;
            else if (isRounding && along > -Flattened * promised) longest = length;
            else return (tried, own, slope);
            tried.Dispose();
            slope.Dispose();
            length = double.IsFinite(longest) ? (shortest + longest) / 2 : 2 * length;
        }

        return null;
    }
}
