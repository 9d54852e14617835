using Dml.Numerics;
using Dml.Plugins;
using Dml.Tests.Influence;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Numerics;

public sealed class LabelMarginsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void An_area_is_the_mean_margin_over_the_moments(int centres)
    {
        using var problem = new SmallProblem(
            shape => centres == 1 ? SmallProblem.ProxyNca(shape) : new SoftTripleLoss(new() { Centers = centres }, shape), float64);
        using var earlier = centres == 1 ? new CheckpointedProblem(problem.Context) : null;
        IReadOnlyList<InfluenceContext> moments = earlier is null ? [problem.Context] : [.. earlier.Context.Checkpoints, earlier.Context];
        var found = LabelMargins.Areas(moments);
        for (var i = 0; i < found.Length; i++) Assert.Equal(moments.Average(m => Margin(m, i, centres)), found[i], 1e-12);
    }

    [Fact]
    public void Without_moments_of_the_training_the_scorer_says_how_to_get_them()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var scorer = new AumScorer();
        var error = Assert.Throws<DmlException>(() => scorer.Prepare(problem.Context, SilentProgress.Instance, CancellationToken.None));
        Assert.Equal("scorer", error.Option);
        Assert.Contains("training.keepEvery", error.Message, StringComparison.Ordinal);
    }

    private static double Margin(InfluenceContext moment, int sample, int centres)
    {
        var embedding = Unit([.. Enumerable.Range(0, (int)moment.HeadWeight.shape[0]).Select(e => moment.HeadBias[e].item<double>()
            + Enumerable.Range(0, (int)moment.HeadWeight.shape[1])
                .Sum(d => moment.HeadWeight[e, d].item<double>() * moment.TrainFeatures[sample, d].item<double>()))]);
        var proxies = ((IProxyLoss)moment.Loss).Proxies;
        double[] cosines = [.. Enumerable.Range(0, (int)proxies.shape[0]).Select(p =>
            Unit([.. Enumerable.Range(0, embedding.Length).Select(e => proxies[p, e].to(float64).item<double>())]).Zip(embedding, (a, b) => a * b).Sum())];
        var label = moment.TrainLabels[sample].item<long>();
        return cosines.Where((_, p) => p / centres == label).Max() - cosines.Where((_, p) => p / centres != label).Max();
    }

    private static double[] Unit(double[] x) => [.. x.Select(v => v / Math.Sqrt(x.Sum(w => w * w)))];
}
