using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Numerics;

/// <summary>The statistics of audits against their definitions.</summary>
public sealed class AuditStatisticsTests
{
    [Fact]
    public void Effective_rank_is_the_exponential_of_the_entropy_of_the_eigenvalues()
    {
        using var scope = NewDisposeScope();
        var found = EffectiveRank.Of(tensor(new double[] { 3, 0, 0, -3, 0, 0, 0, 1, 0, 0, -1, 0 }, [4, 3]));
        var (a, b) = (18 / 4.0, 2 / 4.0);
        Assert.Equal(a + b, found.Variance, 1e-12);
        Assert.Equal(a / (a + b), found.FirstShare, 1e-12);
        Assert.Equal(Math.Exp(-((a * Math.Log(a / (a + b))) + (b * Math.Log(b / (a + b)))) / (a + b)), found.Rank, 1e-12);
        Assert.Equal(new(0, 0, 0), EffectiveRank.Of(ones(5, 3)));
    }

    [Fact]
    public void Robust_scale_is_median_and_median_deviation()
    {
        var found = RobustScale.Of([1, 2, 4, 100]);
        Assert.Equal(3, found.Median);
        Assert.Equal(1.4826 * 1.5, found.Deviation, 1e-12);
        Assert.Equal(3 + (1.4826 * 1.5 * Math.Sqrt(2 * Math.Log(50))), found.Extreme(50), 1e-12);
    }

    [Theory]
    [InlineData(0, 2.5)]
    [InlineData(1, 2.5)]
    [InlineData(7, 2.5)]
    [InlineData(3, 0.01)]
    [InlineData(30, 40.0)]
    public void A_poisson_tail_is_one_less_the_terms_below(int count, double mean)
    {
        var (term, below) = (Math.Exp(-mean), 0.0);
        for (var k = 0; k < count; k++)
        {
            below += term;
            term *= mean / (k + 1);
        }

        Assert.Equal(1 - below, PoissonTail.AtLeast(count, mean), 1e-12);
        Assert.Equal(0, PoissonTail.AtLeast(1, 0));
    }

    [Fact]
    public void The_interleaving_of_two_classes_is_its_rank_among_all_labellings()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        var neighbours = NearestNeighbours.Within(randn(8, 2), 2);
        bool[] first = [true, true, true, false, false, false, false, true];
        int Cross(bool[] labels) => Enumerable.Range(0, 16).Count(at => labels[at / 2] != labels[neighbours.Indices[at]]);
        var all = Enumerable.Range(0, 256).Where(m => int.PopCount(m) == 4)
            .Select(m => Cross([.. Enumerable.Range(0, 8).Select(i => (m >> i & 1) == 1)])).ToList();
        var found = InterleavingTest.Of(neighbours, first, permutations: 20000);
        Assert.Equal(Cross(first) / 16.0, found.CrossShare, 1e-12);
        Assert.Equal(all.Average() / 16, found.ByChance, 1e-12);
        Assert.Equal(all.Count(c => c <= Cross(first)) / (double)all.Count, found.Probability, 0.02);
    }
}
