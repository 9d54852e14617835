using System.Numerics;
using Dml.Numerics;

namespace Dml.Tests.Numerics;

public sealed class ClusteringMetricsTests
{
    [Theory]
    [InlineData(1, 3, 4)]
    [InlineData(2, 10, 10)]
    [InlineData(3, 2, 17)]
    public void Nmi_equals_plain_loops_over_all_pairs_of_groups(int seed, int classes, int clusters)
    {
        var random = new Random(seed);
        var labels = Enumerable.Range(0, 150).Select(_ => (long)random.Next(classes) + 100).ToArray();
        var groups = labels.Select(l => random.Next(3) == 0 ? (int)l % clusters : random.Next(clusters)).ToArray();
        var (information, entropyOfLabels, entropyOfGroups) = (0.0, 0.0, 0.0);
        for (var a = 100; a < 100 + classes; a++)
        {
            double pa = labels.Count(l => l == a) / 150.0;
            if (pa > 0) entropyOfLabels -= pa * Math.Log2(pa);
            for (var b = 0; b < clusters; b++)
            {
                double pb = groups.Count(g => g == b) / 150.0;
                if (a == 100 && pb > 0) entropyOfGroups -= pb * Math.Log2(pb);
                var both = labels.Zip(groups).Count(x => x.First == a && x.Second == b) / 150.0;
                if (both > 0) information += both * Math.Log2(both / (pa * pb));
            }
        }

        Assert.Equal(information / Math.Sqrt(entropyOfLabels * entropyOfGroups), ClusteringMetrics.NormalizedMutualInformation(labels, groups), 1e-12);
    }

    /// <summary>The definition with whole numbers: the overlap of two groups is n in C(b, n) C(N - b, a - n) of C(N, a) ways.</summary>
    [Theory]
    [InlineData(1, 3, 4, 40)]
    [InlineData(2, 10, 10, 60)]
    [InlineData(3, 2, 17, 25)]
    [InlineData(4, 30, 2, 35)]
    public void Ami_equals_the_definition_with_exact_binomial_coefficients(int seed, int classes, int clusters, int count)
    {
        var random = new Random(seed);
        var labels = Enumerable.Range(0, count).Select(_ => (long)random.Next(classes) + 100).ToArray();
        var groups = labels.Select(l => random.Next(3) == 0 ? (int)l % clusters : random.Next(clusters)).ToArray();
        var (information, expected, entropies) = (0.0, 0.0, 0.0);
        foreach (var label in labels.Distinct())
        {
            var a = labels.Count(l => l == label);
            entropies -= (double)a / count * Math.Log((double)a / count);
            foreach (var group in groups.Distinct())
            {
                var b = groups.Count(g => g == group);
                var both = labels.Zip(groups).Count(x => x.First == label && x.Second == group);
                if (both > 0) information += (double)both / count * Math.Log((double)count * both / (a * b));
                for (var n = 1; n <= Math.Min(a, b); n++)
                {
                    if (a - n > count - b) continue;
                    var share = (double)(Choose(b, n) * Choose(count - b, a - n)) / (double)Choose(count, a);
                    expected += share * n / count * Math.Log((double)count * n / (a * b));
                }
            }
        }

        foreach (var group in groups.Distinct())
        {
            entropies -= groups.Count(g => g == group) / (double)count * Math.Log(groups.Count(g => g == group) / (double)count);
        }

        Assert.Equal((information - expected) / ((entropies / 2) - expected), ClusteringMetrics.AdjustedMutualInformation(labels, groups), 1e-10);

        static BigInteger Choose(int n, int k) => Enumerable.Range(1, k).Aggregate(BigInteger.One, (product, i) => product * (n - k + i) / i);
    }

    [Fact]
    public void Ami_equals_values_by_hand_and_those_of_scikit_learn_s_own_tests()
    {
        // I = 0; each of the four cells has overlap 2 in 1 of 6 ways, so E = 4/6 * 2/4 log 2 = log 2 / 3, and H = log 2 for both.
        Assert.Equal(-0.5, ClusteringMetrics.AdjustedMutualInformation([0, 0, 1, 1], [0, 1, 0, 1]), 1e-14);
        Assert.Equal(1, ClusteringMetrics.AdjustedMutualInformation([4, 4, 9, 9, 1], [0, 0, 7, 7, 3]), 1e-14);

        long[] labels = [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3];
        int[] groups = [1, 1, 1, 1, 2, 1, 2, 2, 2, 2, 3, 1, 3, 3, 3, 2, 2];
        Assert.Equal(0.27821, ClusteringMetrics.AdjustedMutualInformation(labels, groups), 5e-6);
        Assert.Equal(0.15042, ExpectedInformation.Of([6, 6, 5], [6, 7, 4], 17), 5e-6);
        var many = Enumerable.Range(0, 110).ToArray();
        Assert.Equal(0.3777, ClusteringMetrics.AdjustedMutualInformation([.. many.SelectMany(_ => labels)], [.. many.SelectMany(_ => groups)]), 5e-5);
    }

    /// <summary>A hundred thousand items: factorials would overflow and single probabilities vanish.</summary>
    [Fact]
    public void Ami_of_a_large_random_clustering_is_zero_but_for_chance()
    {
        var random = new Random(1);
        long[] labels = [.. Enumerable.Range(0, 100_000).Select(i => i < 60_000 ? 0L : i % 500)];
        int[] groups = [.. labels.Select(_ => random.Next(300))];
        Assert.Equal(0, ClusteringMetrics.AdjustedMutualInformation(labels, groups), 2e-3);
        Assert.True(ClusteringMetrics.NormalizedMutualInformation(labels, groups) > 0.05);
    }

    [Fact]
    public void Ami_without_anything_to_find_out_is_one_for_the_same_groups_and_zero_for_others()
    {
        Assert.Equal(1, ClusteringMetrics.AdjustedMutualInformation([5, 5], [0, 0]));
        Assert.Equal(1, ClusteringMetrics.AdjustedMutualInformation([5, 6, 7], [2, 0, 1]));
        Assert.Equal(0, ClusteringMetrics.AdjustedMutualInformation([5, 6], [0, 0]));
        Assert.Equal(0, ClusteringMetrics.AdjustedMutualInformation([5, 5, 5], [0, 1, 2]));
        Assert.Throws<ArgumentException>(() => ClusteringMetrics.AdjustedMutualInformation([], []));
    }

    [Fact]
    public void The_same_groups_under_other_names_agree_wholly_and_independent_ones_not_at_all()
    {
        Assert.Equal(1, ClusteringMetrics.NormalizedMutualInformation([4, 4, 9, 9, 1], [0, 0, 7, 7, 3]), 1e-12);
        Assert.Equal(0, ClusteringMetrics.NormalizedMutualInformation([0, 0, 1, 1], [0, 1, 0, 1]), 1e-12);
    }

    [Fact]
    public void A_single_group_agrees_with_a_single_group_alone()
    {
        Assert.Equal(1, ClusteringMetrics.NormalizedMutualInformation([5, 5], [0, 0]));
        Assert.Equal(0, ClusteringMetrics.NormalizedMutualInformation([5, 6], [0, 0]));
        Assert.Equal(0, ClusteringMetrics.NormalizedMutualInformation([5, 5], [0, 1]));
        Assert.Throws<ArgumentException>(() => ClusteringMetrics.NormalizedMutualInformation([], []));
        Assert.Throws<ArgumentException>(() => ClusteringMetrics.NormalizedMutualInformation([1], [1, 2]));
    }
}
