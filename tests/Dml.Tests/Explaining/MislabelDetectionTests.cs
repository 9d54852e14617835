using Dml.Engine.Explaining;

namespace Dml.Tests.Explaining;

public sealed class MislabelDetectionTests
{
    private static readonly double[][] Harm = [[3, 4, 0], [0, -1, 0]];

    [Fact]
    public void Mean_gives_each_group_the_same_say() =>
        Assert.Equal([0.3, 0.4 - 0.5, 0], MislabelDetection.Suspicion(Harm, HarmAggregate.Mean));

    [Fact]
    public void Top1_looks_at_the_worst_group_alone() =>
        Assert.Equal([0.6, 0.8, 0], MislabelDetection.Suspicion(Harm, HarmAggregate.Top1));

    [Fact]
    public void Harm_of_zero_throughout_is_no_ranking() =>
        Assert.Contains(
            "found harm 0 throughout", Assert.Throws<DmlException>(() => MislabelDetection.Suspicion([[0, 0], [0, 0]], HarmAggregate.Mean)).Message);
}
