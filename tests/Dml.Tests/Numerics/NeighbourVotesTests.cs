using Dml.Numerics;

namespace Dml.Tests.Numerics;

public sealed class NeighbourVotesTests
{
    [Fact]
    public void Votes_weigh_exp_of_the_distance()
    {
        // Three samples on a line at 0, 1, 3 with classes 0, 1, 2; two neighbours each.
        var neighbours = new Neighbours(2, [1, 2, 0, 2, 1, 0], [1, 3, 1, 2, 2, 3]);
        var votes = NeighbourVotes.Of([0, 1, 2], neighbours, 3);
        Assert.Equal(Math.Exp(-1) / (Math.Exp(-1) + Math.Exp(-3)), votes.Share(0, 1), 1e-14);
        Assert.Equal(Math.Exp(-3) / (Math.Exp(-1) + Math.Exp(-3)), votes.Share(0, 2), 1e-14);
        Assert.Equal(0, votes.Share(0, 0));
        Assert.Equal(1, votes.Best(0));
        Assert.Equal(2, votes.Best(0, except: 1));
    }

    [Fact]
    public void Far_neighbours_still_vote()
    {
        var votes = NeighbourVotes.Of([0, 1], new Neighbours(1, [1, 0], [5000, 5000]), 2);
        Assert.Equal(1, votes.Share(0, 1));
    }

    [Theory]
    [InlineData(new long[] { 0, 0, 0, 1, 1, 2 }, 2)]
    [InlineData(new long[] { 0, 0, 0, 0, 1, 1 }, 2)]
    [InlineData(new long[] { 0, 0 }, 1)]
    public void K_is_the_lower_median_of_the_class_sizes(long[] labels, int expected) => Assert.Equal(expected, NeighbourVotes.DefaultK(labels));

    /// <summary>Four samples, thresholds by hand: class 0 (0.9 + 0.2) / 2 = 0.55, class 1 (0.7 + 0.4) / 2 = 0.55.</summary>
    [Fact]
    public void Confident_learning_equals_the_example_by_hand()
    {
        double[] probabilities = [0.9, 0.1, 0.2, 0.8, 0.3, 0.7, 0.6, 0.4];
        var judged = ConfidentLearning.Of(probabilities, [0, 0, 1, 1]);
        Assert.Equal(0.55, judged.Thresholds[0], 1e-14);
        Assert.Equal(0.55, judged.Thresholds[1], 1e-14);
        Assert.Equal([0, 1, 1, 0], judged.ConfidentClass);
        double[] expected = [0.1, 1.8, 0.3, 1.6];
        foreach (var (want, found) in expected.Zip(judged.Scores)) Assert.Equal(want, found, 1e-14);
    }

    [Fact]
    public void A_sample_below_all_thresholds_is_no_issue()
    {
        // Thresholds 0.9 and 0.8; the third sample, labelled 2 alone, reaches only its own.
        var judged = ConfidentLearning.Of([0.9, 0.1, 0, 0.2, 0.8, 0, 0.5, 0.4, 0.1], [0, 1, 2]);
        Assert.Equal(2, judged.ConfidentClass[2]);
        Assert.Equal(0.9, judged.Scores[2], 1e-14);
    }
}
