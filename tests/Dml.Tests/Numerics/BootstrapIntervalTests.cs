using Dml.Numerics;

namespace Dml.Tests.Numerics;

public sealed class BootstrapIntervalTests
{
    /// <summary>Of three values there are 27 resamples; their quantiles are known by counting, and far between the steps of the distribution.</summary>
    [Theory]
    [InlineData(0.80)]
    [InlineData(0.60)]
    public void Ends_are_the_quantiles_of_all_resamples(double level)
    {
        double[] values = [0, 1, 10];
        double[] means = [.. (from a in values from b in values from c in values select (a + b + c) / 3).Order()];
        var interval = BootstrapInterval.Of(values, seed: 3, draws: 200_000, level);
        Assert.Equal(11 / 3.0, interval.Mean, 1e-12);
        Assert.Equal(Quantile((1 - level) / 2), interval.Low, 1e-12);
        Assert.Equal(Quantile((1 + level) / 2), interval.High, 1e-12);

        double Quantile(double share) => means[(int)Math.Ceiling(share * means.Length) - 1];
    }

    [Fact]
    public void Width_is_that_of_the_standard_error_where_values_are_many()
    {
        double[] values = [.. Enumerable.Range(0, 400).Select(i => Math.Sin(i * 12.9898) * 3)];
        var mean = values.Average();
        var error = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)) / values.Length);
        var interval = BootstrapInterval.Of(values);
        Assert.Equal(mean - (1.96 * error), interval.Low, 0.15 * error);
        Assert.Equal(mean + (1.96 * error), interval.High, 0.15 * error);
    }

    /// <summary>Two clusters have four resamples, whose means are weighted by the clusters' sizes.</summary>
    [Fact]
    public void Clusters_are_drawn_whole()
    {
        double[][] clusters = [[0, 0, 3], [9]];
        var interval = BootstrapInterval.OfClusters(clusters, seed: 1, draws: 100_000, level: 0.4);
        Assert.Equal(3, interval.Mean, 1e-12);
        Assert.Equal(3, interval.Low, 1e-12);
        Assert.Equal(3, interval.High, 1e-12);
        var wide = BootstrapInterval.OfClusters(clusters, seed: 1, draws: 100_000, level: 0.8);
        Assert.Equal(1, wide.Low, 1e-12);
        Assert.Equal(9, wide.High, 1e-12);
    }

    [Fact]
    public void Same_seed_same_interval()
    {
        double[] values = [1, 5, 2, 8, 3];
        Assert.Equal(BootstrapInterval.Of(values, 4), BootstrapInterval.Of(values, 4));
        Assert.Equal(new(2, 2, 2), BootstrapInterval.Of([2, 2, 2]));
    }
}
