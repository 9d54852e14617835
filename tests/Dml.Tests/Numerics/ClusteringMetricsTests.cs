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
