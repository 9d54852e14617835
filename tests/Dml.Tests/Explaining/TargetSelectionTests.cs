using System.CommandLine;
using Dml.Engine.Explaining;
using Dml.Host.Commands;
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
        var targets = new TargetSelection { Pairs = [new(1, 3)], WrongPairs = WrongPairs.All, Groups = 1 }.Choose(Labels, Nearest);
        Assert.Equal(["pair 1:3", "pair 0:2", "pair 2:0", "group 5"], targets.Select(t => t.Name));
        Assert.Equal([new TestPair(1, 3)], targets[0].Pairs);
        Assert.Equal(ConfusionKind.Pair, targets[0].Kind);
        Assert.Equal("3 is not the nearest neighbour of 1, which is 0", targets[0].Note);
        Assert.Equal("", targets[1].Note);
    }

    [Fact]
    public void Ten_groups_are_the_default() =>
        Assert.Equal(["group 5", "group 6"], new TargetSelection().Choose(Labels, Nearest).Select(t => t.Name));

    [Theory]
    [InlineData("0:9", "--pair 0:9: expected indices below 4, the number of test items, found 9.")]
    [InlineData("2:2", "--pair 2:2: expected two different test items, found the same one twice.")]
    [InlineData("0:1", "--pair 0:1: expected items of different classes, found class 5 twice; such a pair is no confusion.")]
    public void A_wrong_pair_is_told_in_one_sentence(string pair, string message) =>
        Assert.Equal(
            message, Assert.Throws<DmlException>(() => new TargetSelection { Pairs = [TestPairText.Parse(pair)] }.Choose(Labels, Nearest)).ShownSentence());

    [Theory]
    [InlineData("0-2")]
    [InlineData("0:-2")]
    [InlineData("0:1:2")]
    [InlineData("")]
    public void A_text_that_is_no_pair_is_told(string text)
    {
        Assert.Equal(
            $"--pair: expected two test indices A:B such as 168:105, found \"{text}\".",
            Assert.Throws<DmlException>(() => TestPairText.Parse(text)).ShownSentence());
        Assert.StartsWith("experiment.namedPairs: ", Assert.Throws<DmlException>(() => TestPairText.Parse(text, "experiment.namedPairs")).ShownSentence());
    }

    [Fact]
    public void A_pair_of_a_program_is_checked_too()
    {
        var error = Assert.Throws<DmlException>(() => new TargetSelection { Pairs = [new(-1, 2)] }.Choose(Labels, Nearest));
        Assert.Equal(("pairs", "-1:2", "indices of at least 0", "-1"), (error.Option, error.At, error.Expected, error.Found));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("0")]
    [InlineData("-3")]
    public void A_wrong_number_of_pairs_is_told(string pairs)
    {
        var command = new Command("any");
        var options = TargetOptions.AddTo(command);
        Assert.Equal(
            $"--pairs: expected all or a number of at least 1, found \"{pairs}\".",
            Assert.Throws<DmlException>(() => options.Read(command.Parse(["--pairs", pairs]))).ShownSentence());
    }

    [Fact]
    public void Options_become_a_selection()
    {
        var command = new Command("any");
        var options = TargetOptions.AddTo(command);
        var selection = options.Read(command.Parse(["--pair", "3:4", "--pair", "5:6", "--pairs", "7", "--groups", "0"]));
        Assert.Equal(["3:4", "5:6"], selection.NamedPairs);
        Assert.Equal((WrongPairs.First(7), 0), (selection.WrongPairs, selection.Groups));
        Assert.Equal((WrongPairs.None, null), (options.Read(command.Parse([])).WrongPairs, options.Read(command.Parse([])).Groups));
        Assert.Equal(WrongPairs.All, options.Read(command.Parse(["--pairs", "all"])).WrongPairs);
    }

    [Fact]
    public void A_number_of_wrong_pairs_is_at_least_one() =>
        Assert.Equal("--pairs: expected all or a number of at least 1, found \"0\".", Assert.Throws<DmlException>(() => WrongPairs.First(0)).ShownSentence());

    [Fact]
    public void A_test_set_without_errors_is_told() =>
        Assert.Contains(
            "has the item's own class", Assert.Throws<DmlException>(() => new TargetSelection().Choose(Labels, new(1, [1, 0, 3, 2], [1, 1, 1, 1]))).Message);
}
