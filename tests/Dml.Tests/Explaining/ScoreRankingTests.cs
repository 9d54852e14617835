using Dml.Engine.Explaining;

namespace Dml.Tests.Explaining;

/// <summary>Rankings of samples against a stable ordering of all of them.</summary>
public sealed class ScoreRankingTests
{
    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 1)]
    [InlineData(37, 0)]
    [InlineData(37, 1)]
    [InlineData(37, 10)]
    [InlineData(37, 37)]
    [InlineData(1000, 7)]
    [InlineData(1000, int.MaxValue)]
    public void They_are_those_of_an_ordering_of_all_samples(int samples, int count)
    {
        // Few different values, so that many are equal; then none equal, rising and falling, so that each sample or none takes another's place.
        var random = new Random(samples);
        double[][] all =
        [
            [.. Enumerable.Range(0, samples).Select(_ => random.Next(-3, 4) / 2.0)], [.. Enumerable.Range(0, samples).Select(i => i - (samples / 3.0))],
            [.. Enumerable.Range(0, samples).Select(i => (samples / 3.0) - i)], [.. Enumerable.Range(0, samples).Select(_ => random.NextDouble() - 0.5)],
        ];
        foreach (var scores in all)
        {
            var indices = Enumerable.Range(0, samples).ToList();
            Assert.Equal(indices.Where(i => scores[i] > 0).OrderByDescending(i => scores[i]).Take(count), ScoreRanking.MostHarmful(scores, count));
            Assert.Equal(indices.Where(i => scores[i] < 0).OrderBy(i => scores[i]).Take(count), ScoreRanking.MostHelpful(scores, count));
            Assert.Equal(indices.OrderByDescending(i => scores[i]).Take(count), ScoreRanking.MostRelevant(scores, count));
            Assert.Equal(indices.OrderByDescending(i => scores[i]).Take(count), ScoreRanking.MostRelevant(scores.AsReadOnly(), count));
        }
    }
}
