using Dml.Engine.Explaining;
using Dml.Numerics;
using Dml.Tests.Support;

namespace Dml.Tests.Explaining;

public sealed class TargetSelectionTests
{
    private static readonly long[] Labels = [5, 5, 6, 6];

    /// <summary>0 and 2 are nearest to each other (wrong); 1 to 0, 3 to 2 (right).</summary>
    private static readonly Neighbours Nearest = new(1, [2, 0, 0, 2], [1, 1, 1, 1]);

    [Fact]
    public void Targets_come_as_named_pairs_then_wrong_items_then_groups()
    {
        var targets = new TargetSelection(["1:3"], "all", 1).Choose(Labels, Nearest);
        Assert.Equal(["pair 1:3", "pair 0:2", "pair 2:0", "group 5"], targets.Select(t => t.Confusion.Name));
        Assert.Equal("3 is not the nearest neighbour of 1, which is 0", targets[0].Note);
        Assert.Equal("", targets[1].Note);
    }

    [Fact]
    public void Ten_groups_are_the_default() =>
        Assert.Equal(["group 5", "group 6"], new TargetSelection([], null, null).Choose(Labels, Nearest).Select(t => t.Confusion.Name));

    [Theory]
    [InlineData("0-2", "--pair: expected two test indices A:B such as 168:105, found \"0-2\".")]
    [InlineData("0:-2", "--pair: expected two test indices A:B such as 168:105, found \"0:-2\".")]
    [InlineData("0:9", "--pair 0:9: expected indices below 4, the number of test items, found 9.")]
    [InlineData("2:2", "--pair 2:2: expected two different test items, found the same one twice.")]
    [InlineData("0:1", "--pair 0:1: expected items of different classes, found class 5 twice; such a pair is no confusion.")]
    public void A_wrong_pair_is_told_in_one_sentence(string pair, string message) =>
        Assert.Equal(message, Assert.Throws<DmlException>(() => new TargetSelection([pair], null, null).Choose(Labels, Nearest)).ShownSentence());

    [Theory]
    [InlineData("none")]
    [InlineData("0")]
    [InlineData("-3")]
    public void A_wrong_number_of_pairs_is_told(string pairs) =>
        Assert.Equal($"--pairs: expected all or a number of at least 1, found \"{pairs}\".", Assert.Throws<DmlException>(() => new TargetSelection([], pairs, null).Choose(Labels, Nearest)).ShownSentence());

    [Fact]
    public void A_test_set_without_errors_is_told() =>
        Assert.Contains("has the item's own class", Assert.Throws<DmlException>(() => new TargetSelection([], null, null).Choose(Labels, new(1, [1, 0, 3, 2], [1, 1, 1, 1]))).Message);
}
