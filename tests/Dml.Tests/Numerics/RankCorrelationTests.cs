using Dml.Numerics;

namespace Dml.Tests.Numerics;

public class RankCorrelationTests
{
    [Fact]
    public void Ranks_of_equal_values_are_the_mean_of_theirs() => Assert.Equal([2.5, 1, 4, 2.5, 5], RankCorrelation.Ranks([3, -1, 7, 3, 9]));

    [Fact]
    public void Rank_correlation_equals_the_formula_for_distinct_values()
    {
        var random = new Random(1);
        for (var trial = 0; trial < 50; trial++)
        {
            var n = 3 + (trial % 20);
            double[] x = [.. Enumerable.Range(0, n).Select(_ => random.NextDouble())], y = [.. Enumerable.Range(0, n).Select(_ => random.NextDouble())];
            // 1 - 6 sum D^2 / (n (n^2 - 1)), ranks by counting.
            var squares = Enumerable.Range(0, n).Sum(i => Math.Pow(x.Count(v => v < x[i]) - y.Count(v => v < y[i]), 2));
            Assert.Equal(1 - (6 * squares / (n * ((n * n) - 1.0))), RankCorrelation.Spearman(x, y), 1e-12);
        }
    }

    [Fact]
    public void With_equal_values_it_is_Pearsons_correlation_of_the_ranks()
    {
        // Ranks 1.5 1.5 3 4 and 1 2.5 2.5 4.
        Assert.Equal(3.75 / 4.5, RankCorrelation.Spearman([1, 1, 2, 3], [0, 5, 5, 6]), 1e-12);
        Assert.True(double.IsNaN(RankCorrelation.Spearman([1, 1, 1], [1, 2, 3])));
    }

    [Fact]
    public void Other_lengths_are_refused()
    {
        Assert.Throws<ArgumentException>(() => RankCorrelation.Spearman([1, 2], [1, 2, 3]));
        Assert.Throws<ArgumentException>(() => RankCorrelation.Spearman([1], [1]));
    }
}
