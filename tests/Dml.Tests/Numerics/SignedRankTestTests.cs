using Dml.Numerics;

namespace Dml.Tests.Numerics;

public sealed class SignedRankTestTests
{
    /// <summary>Two-sided 5 % points of Wilcoxon's table: the largest smaller rank sum that is significant at n pairs, and that the next one is not.</summary>
    [Theory]
    [InlineData(6, 0)]
    [InlineData(7, 2)]
    [InlineData(8, 3)]
    [InlineData(9, 5)]
    [InlineData(10, 8)]
    [InlineData(12, 13)]
    [InlineData(15, 25)]
    [InlineData(20, 52)]
    [InlineData(25, 89)]
    public void Critical_values_are_those_of_the_published_table(int pairs, int critical)
    {
        Assert.True(SignedRankTest.Of(WithRankSum(pairs, critical)).PValue <= 0.05);
        Assert.True(SignedRankTest.Of(WithRankSum(pairs, critical + 1)).PValue > 0.05);
    }

    [Theory]
    [InlineData(new double[] { 3, -1, 4, 1, -5, 9, 2 })]
    [InlineData(new double[] { 1, 1, -1, 2, 2, -3, 3, 3 })]
    [InlineData(new double[] { -0.5, 0, 0.5, 0, 0.5, 0.25 })]
    [InlineData(new double[] { 7 })]
    public void P_value_equals_the_count_over_all_signs(double[] differences)
    {
        double[] used = [.. differences.Where(d => d != 0)];
        var ranks = used.Select(d => used.Count(o => Math.Abs(o) < Math.Abs(d)) + ((1 + used.Count(o => Math.Abs(o) == Math.Abs(d))) / 2.0)).ToArray();
        var observed = used.Zip(ranks).Where(x => x.First > 0).Sum(x => x.Second);
        var sums = Enumerable.Range(0, 1 << used.Length).Select(signs => ranks.Where((_, i) => (signs >> i & 1) == 1).Sum()).ToList();
        var tail = Math.Min(sums.Count(s => s <= observed), sums.Count(s => s >= observed)) / (double)sums.Count;

        var test = SignedRankTest.Of(differences);
        Assert.Equal(observed, test.RankSum);
        Assert.Equal(Math.Min(1, 2 * tail), test.PValue, 1e-12);
        Assert.Equal(differences.Length - used.Length, test.Zeros);
        Assert.True(test.Exact);
    }

    /// <summary>The approximation above sixty pairs against the exact distribution of sums of 1 .. n, counted here.</summary>
    [Theory]
    [InlineData(61, 650)]
    [InlineData(100, 1900)]
    [InlineData(100, 2525)]
    public void Approximation_is_near_the_exact_distribution(int pairs, int rankSum)
    {
        var share = new double[(pairs * (pairs + 1) / 2) + 1];
        share[0] = 1;
        for (var rank = 1; rank <= pairs; rank++)
        {
            for (var sum = share.Length - 1; sum >= 0; sum--) share[sum] = 0.5 * (share[sum] + (sum >= rank ? share[sum - rank] : 0));
        }

        var exact = Math.Min(1, 2 * Math.Min(share.Take(rankSum + 1).Sum(), share.Skip(rankSum).Sum()));
        var test = SignedRankTest.Of(WithRankSum(pairs, rankSum));
        Assert.False(test.Exact);
        Assert.Equal(rankSum, test.RankSum);
        Assert.Equal(exact, test.PValue, 0.002);
    }

    [Fact]
    public void Nothing_but_zeros_says_nothing() => Assert.Equal(1, SignedRankTest.Of([0, 0]).PValue);

    /// <summary>Differences of sizes 1 .. n whose positive ranks have the sum: greedily from the largest.</summary>
    private static double[] WithRankSum(int pairs, int rankSum)
    {
        var differences = new double[pairs];
        for (var size = pairs; size >= 1; size--)
        {
            var positive = size <= rankSum;
            differences[size - 1] = positive ? size : -size;
            if (positive) rankSum -= size;
        }

        return differences;
    }
}
