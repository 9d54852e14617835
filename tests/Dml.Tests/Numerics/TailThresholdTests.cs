using Dml.Numerics;

namespace Dml.Tests.Numerics;

/// <summary>Thresholds of a null's tail and robust scales against plain formulas.</summary>
public sealed class TailThresholdTests
{
    [Fact]
    public void It_is_the_quantile_of_an_exponential_tail()
    {
        // Exact quantiles of an exponential distribution: Q(p) = -ln(1 - p).
        double[] scores = [.. Enumerable.Range(0, 100_001).Select(i => -Math.Log(1 - ((i + 0.5) / 100_001.0)))];
        var fit = TailThreshold.Of(scores);
        Assert.Equal(-Math.Log(1 - 0.25), fit.LowerQuartile, 1e-3);
        Assert.Equal(-Math.Log(0.001), fit.At(0.001), 1e-2);
    }

    [Fact]
    public void Quartiles_are_linear_between_order_statistics_and_few_odd_scores_move_them_little()
    {
        Assert.Equal((1.75, 3.25), (TailThreshold.Of([4, 1, 3, 2]).LowerQuartile, TailThreshold.Of([4, 1, 3, 2]).UpperQuartile));
        double[] clean = [.. Enumerable.Range(0, 1000).Select(i => i / 1000.0)];
        double[] dirty = [.. clean.Select((x, i) => i % 20 == 0 ? 1000 : x)];
        Assert.InRange(TailThreshold.Of(dirty).At(0.001) - TailThreshold.Of(clean).At(0.001), 0, 0.3);
    }

    [Fact]
    public void A_robust_scale_is_the_median_and_the_median_deviation()
    {
        var scale = RobustScale.Of([1, 2, 3, 4, 1000]);
        Assert.Equal((3.0, 1.4826), (scale.Median, scale.Deviation));
        Assert.Equal(997 / 1.4826, scale.Score(1000, 0.1), 1e-9);
        Assert.Equal(2.0, RobustScale.Of([5, 5, 5]).Score(7, 1));
    }
}
