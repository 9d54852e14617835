using Dml.Numerics;

namespace Dml.Tests.Numerics;

public sealed class LabelTrustTests
{
    [Fact]
    public void The_likeliest_temperature_and_share_are_found()
    {
        const int classes = 4;
        double[][] logits = [[2, 0, 0, 1], [3, 1, 0, 0], [0, 4, 0, 1], [5, 0, 1, 0], [1, 0, 6, 0], [4, 0, 0, 0]];
        int[] labels = [0, 0, 0, 0, 2, 0];
        double[] Own(double t) => [.. logits.Select((l, i) => Math.Exp(t * l[labels[i]]) / l.Sum(x => Math.Exp(t * x)))];
        double Likelihood(double t, double share) => Own(t).Sum(p => Math.Log(((1 - share) * p) + (share * (1 - p) / (classes - 1))));
        var found = LabelTrust.Fit(Own, classes);
        var best = Enumerable.Range(-2, 23)
            .SelectMany(half => Enumerable.Range(1, 900).Select(share => Likelihood(Math.Pow(2, -half / 2.0), share / 1000.0))).Max();
        Assert.Equal(best, Likelihood(found.Temperature, found.WrongShare), 1e-3);
        var p = Own(found.Temperature)[2];
        var (right, wrong) = ((1 - found.WrongShare) * p, found.WrongShare * (1 - p) / 3);
        Assert.Equal(right / (right + wrong), found.Right(p, classes), 1e-12);
    }
}
