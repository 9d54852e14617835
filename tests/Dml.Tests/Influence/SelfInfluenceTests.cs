using Dml.Plugins;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Influence;

public sealed class SelfInfluenceTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_score_is_the_squared_norm_of_the_whole_gradient_summed_over_the_checkpoints(bool doublePrecision)
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, doublePrecision ? float64 : float32);
        using var earlier = new CheckpointedProblem(problem.Context);
        var actual = Score(earlier.Context, 12);
        for (var i = 0; i < actual.Length; i++)
        {
            var expected = earlier.Context.Checkpoints.Append(earlier.Context).Select(m => PlainGradients.OfLoss(m, i)).Sum(g => PlainGradients.Product(g, g));
            Assert.Equal(expected, actual[i], doublePrecision ? 1e-12 * expected : 1e-5 * Math.Max(expected, 1));
        }
    }

    [Fact]
    public void A_score_does_not_depend_on_the_block()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        foreach (var (whole, part) in Score(problem.Context, 12).Zip(Score(problem.Context, 5))) Assert.Equal(whole, part, 1e-12 * whole);
    }

    [Fact]
    public void Scoring_leaves_no_tensor_behind()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float32);
        using var scorer = new SelfInfluenceScorer();
        scorer.Prepare(problem.Context, SilentProgress.Instance, CancellationToken.None);
        using var scope = NewDisposeScope();
        scorer.Score(new(0, 12)).Dispose();
        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void Rankings_stay_as_they_are()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var earlier = new CheckpointedProblem(problem.Context);
        Snapshot.Verify(Rankings.Of(Score(earlier.Context, 12)));
    }

    private static double[] Score(InfluenceContext context, long block)
    {
        using var scorer = new SelfInfluenceScorer();
        scorer.Prepare(context, SilentProgress.Instance, CancellationToken.None);
        return [.. SampleRange.Grid(context.TrainCount, block).SelectMany(samples =>
        {
            using var scope = NewDisposeScope();
            return scorer.Score(samples).to(float64).data<double>().ToArray();
        })];
    }
}
