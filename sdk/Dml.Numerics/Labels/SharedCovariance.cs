using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// Weighted class means and one covariance, shrunk towards a multiple of the identity by the oracle approximating estimate (Chen, Wiesel, Eldar,
/// Hero, IEEE Transactions on Signal Processing 58, 2010), as coordinates in which the covariance is the identity.
/// </summary>
/// <param name="Whitening">(E, E), float64: a row times it is in those coordinates. The caller's dispose scope owns it.</param>
/// <param name="Means">Row-major (C, E): the class means in those coordinates; zeros for a class without weight.</param>
/// <param name="Weights">(C) total weight of each class.</param>
/// <param name="Scale">What a squared deviation contributes to the covariance: (1 - shrinkage) / degrees of freedom.</param>
internal sealed record SharedCovariance(Tensor Whitening, double[] Means, double[] Weights, double Scale)
{
    private const double LeastShrinkage = 1e-3;

    /// <summary>Estimates, block by block of the samples.</summary>
    /// <param name="rows">N samples.</param>
    /// <param name="labels">(N), int64.</param>
    /// <param name="classCount">C.</param>
    /// <param name="weights">(N), float64, not all 0.</param>
    public static SharedCovariance Of(LabelRows rows, Tensor labels, int classCount, Tensor weights)
    {
        using var scope = NewDisposeScope();
        var totals = zeros(classCount, float64).index_add_(0, labels, weights, 1);
        var means = zeros(classCount, rows.Size, float64);
        rows.ForEach((block, own) => means.index_add_(0, Of(labels, block), own.mul_(Of(weights, block).unsqueeze(1)), 1));
        means.div_(totals.clamp_min(double.Epsilon).unsqueeze(1));
        var freedom = Math.Max(1, totals.sum().item<double>() - classCount);
        var covariance = zeros(rows.Size, rows.Size, float64);
        rows.ForEach((block, own) =>
        {
            var centres = means.index_select(0, Of(labels, block));
            var deviations = own.sub_(centres);
            covariance.add_(centres.copy_(deviations).mul_(Of(weights, block).unsqueeze(1)).t().mm(deviations));
        });
        covariance.div_(freedom);
        var (size, trace) = (rows.Size, covariance.trace().item<double>());
        var shrinkage = Shrinkage(size, trace, covariance.square().sum().item<double>(), freedom);
        var level = trace > 0 ? trace / size : 1;
        var shrunk = (covariance * (1 - shrinkage)) + (eye(size, size, float64) * (shrinkage * level));
        var whitening = linalg.inv(linalg.cholesky(shrunk)).t();
        return new(whitening.MoveToOuterDisposeScope(), means.mm(whitening).Values<double>(), totals.Values<double>(), (1 - shrinkage) / freedom);
    }

    private static Tensor Of(Tensor values, SampleRange block) => values.narrow(0, block.Start, block.Count);

    private static double Shrinkage(long size, double trace, double squares, double samples)
    {
        var over = (samples + 1 - (2.0 / size)) * (squares - (trace * trace / size));
        return over <= 0 ? 1 : Math.Clamp((((1 - (2.0 / size)) * squares) + (trace * trace)) / over, LeastShrinkage, 1);
    }
}
