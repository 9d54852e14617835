using Dml.Engine.Explaining;
using static TorchSharp.torch;

namespace Dml.Tests.Explaining;

/// <summary>The most harmful samples, kept block by block, against an ordering of all scores.</summary>
public sealed class MostHarmfulStoreTests
{
    private const int Samples = 23;
    private const int Block = 5;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(Samples)]
    [InlineData(100)]
    public void They_are_those_of_an_ordering_of_all_scores_equal_ones_by_index(int count)
    {
        Confusion[] confusions = [.. Enumerable.Range(0, 3).Select(i => Confusion.Of(new(i, i + 1)))];

        // Few different values, so that many are equal, within a block and across blocks; the last confusion has nothing harmful.
        var random = new Random(count);
        double[][] scores =
        [
            .. confusions.Select((_, row) => Enumerable.Range(0, Samples).Select(_ => row == 2 ? -random.Next(3) : random.Next(-2, 4) / 4.0).ToArray()),
        ];
        var grid = new ScoreGrid(confusions, Samples, confusions.Length, Block);
        using var store = new MostHarmfulStore(grid, count);
        foreach (var (index, block) in grid.SampleBlocks.Index())
        {
            var part = scores.SelectMany(row => row.Skip((int)block.Start).Take((int)block.Count)).Select(v => (float)v).ToArray();
            using var harm = tensor(part, [confusions.Length, block.Count]);
            store.KeepScores(0, index, harm, TimeSpan.Zero);
        }

        Assert.True(store.HasScore);
        foreach (var (row, most) in scores.Zip(store.Most))
        {
            int[] expected = [.. Enumerable.Range(0, Samples).Where(i => row[i] > 0).OrderByDescending(i => row[i]).Take(count)];
            Assert.Equal(expected, most.Select(m => m.Sample));
            Assert.Equal(expected.Select(i => row[i]), most.Select(m => m.Harm));
        }
    }

    [Fact]
    public void That_all_are_zero_is_seen()
    {
        var grid = new ScoreGrid([Confusion.Of(new(0, 1))], Samples, 1, Samples);
        using var store = new MostHarmfulStore(grid, 2);
        using var harm = zeros(1, Samples, float32);
        store.KeepScores(0, 0, harm, TimeSpan.Zero);
        Assert.False(store.HasScore);
        Assert.Empty(store.Most[0]);
    }
}
