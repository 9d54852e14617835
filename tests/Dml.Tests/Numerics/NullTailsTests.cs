using Dml.Numerics;

namespace Dml.Tests.Numerics;

/// <summary>Thresholds of copies for their number of independent places against a plain selection of the nulls nearest to it.</summary>
public sealed class NullTailsTests
{
    private const double Rate = 0.001;

    [Theory]
    [InlineData(30)]
    [InlineData(100)]
    [InlineData(400)]
    public void A_threshold_is_that_of_the_nulls_of_about_as_many_places(int count)
    {
        var random = new Random(count);
        // The scores rise with the places, and each image has a second candidate that is no better.
        double[] places = [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() * 100)];
        double[] scores = [.. places.Select(p => (p / 50) + random.NextDouble())];
        var nulls = Enumerable.Range(0, count).SelectMany(i => new[] { Pair(i, scores[i], places[i]), Pair(i, scores[i] - 1, 1000) });
        var tails = new NullTails(nulls, p => (p.Windowed, p.Windowed / 2), Rate);
        var order = Enumerable.Range(0, count).OrderBy(i => places[i]).ToArray();
        var nearby = Math.Min(count, Math.Max(60, count / 4));
        foreach (var asked in new[] { -5, 3.0, 41, 77, 98, 500 })
        {
            var rank = places.Count(p => p < asked);
            var first = Math.Min(Math.Max(0, rank - (nearby / 2)), count - nearby);
            double[] near = [.. order.Skip(first).Take(nearby).Select(i => scores[i])];
            var expected = TailThreshold.Of(near).At(Rate);
            Assert.Equal((expected, TailThreshold.Of([.. near.Select(s => s / 2)]).At(Rate)), tails.At(asked));
            Assert.Equal(tails.At(asked), tails.At(asked));
        }
    }

    [Fact]
    public void More_is_asked_where_chance_makes_more()
    {
        var nulls = Enumerable.Range(0, 400).Select(i => Pair(i, (i < 200 ? 1 : 3) + (i % 20 / 20.0), i));
        var tails = new NullTails(nulls, p => (p.Windowed, p.Windowed), Rate);
        Assert.Equal(2, tails.At(380).Score - tails.At(20).Score, 1e-9);
    }

    private static CopyPair Pair(int image, double score, double places) => new(image, 1000, 0, score, false, places);
}
