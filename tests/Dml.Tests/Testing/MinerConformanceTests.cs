using Dml.Plugins;
using Dml.Testing;
using Dml.Tests.Training;
using static TorchSharp.torch;

namespace Dml.Tests.Testing;

[Collection(AloneCollection.Name)]
public sealed class MinerConformanceTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    [InlineData(1)]
    public void The_gap_miner_keeps_the_contract(double epsilon) => MinerConformance.Check(() => new GapMiner(new() { Epsilon = epsilon }));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(null, 3)]
    [InlineData(2, null)]
    [InlineData(100, 100)]
    public void The_miner_of_the_hardest_keeps_the_contract(int? positives, int? negatives) =>
        MinerConformance.Check(() => new HardestMiner(new() { Positives = positives, Negatives = negatives }));

    [Fact]
    public void Pairs_that_are_none_are_told() => Told(
        pairs => new(pairs.Positives.logical_or(pairs.Cosines > 0.99), pairs.Negatives),
        "Fake.Choose, Positives: expected none but candidates, found 24 other pairs; join the mask with the candidates by logical_and.");

    [Fact]
    public void Weights_are_told() => Told(
        pairs => new(pairs.Positives, pairs.Negatives.to(float32)),
        "Fake.Choose, Negatives: expected a mask of bool, found float32; choose pairs, which weights are none of.");

    [Fact]
    public void A_mask_of_another_shape_is_told() => Told(
        pairs => new(pairs.Positives.any(1), pairs.Negatives),
        "Fake.Choose, Positives: expected shape (24, 24), found (24); return one mask over anchors and partners.");

    [Fact]
    public void A_choice_of_nothing_is_told() => Told(
        pairs => new(pairs.Positives.logical_and(pairs.Cosines > 2), pairs.Negatives.logical_and(pairs.Cosines > 2)),
        "Fake.Choose: expected some of * positives or * negatives to be chosen, found none; a loss of no pairs trains nothing.");

    [Fact]
    public void A_choice_by_other_anchors_is_told() => Told(
        pairs => new(pairs.Positives, pairs.Negatives.logical_and(pairs.Cosines > pairs.Cosines.mean())),
        "Fake.Choose: expected the same pairs for anchor * alone as in a block, found * others; let an anchor's choice depend on its own row.");

    [Fact]
    public void A_choice_by_place_is_told() => Told(
        pairs => new(pairs.Positives, pairs.Negatives.logical_and(arange(pairs.Cosines.shape[1]) > 5)),
        "Fake.Choose: expected the same pairs in another order of the partners, found * others; let no place in the batch decide.");

    [Fact]
    public void A_random_choice_is_told()
    {
        var calls = 0;
        Told(
            pairs => new(pairs.Positives, pairs.Negatives.logical_and(pairs.Cosines > (calls++ % 2 == 0 ? 0 : 0.2))),
            "Fake.Choose: expected the same pairs in a second call, found * others; draw nothing at random, and keep nothing.");
    }

    [Fact]
    public void Candidates_that_are_changed_are_told() => Told(
        pairs => new(pairs.Positives, pairs.Negatives.logical_and_(pairs.Cosines > 0)),
        "Fake.Choose: expected the candidates to stay as they were, found them changed; copy a tensor before you write into it.");

    private static void Told(Func<PairCandidates, MinedPairs> choose, string expected)
    {
        var broken = Assert.Throws<ConformanceException>(() => MinerConformance.Check(() => new Fake(choose)));
        Sentences.AssertLike(expected, broken.Sentence);
        Assert.Equal("docs/losses.md#miners", broken.Page);
    }

    private sealed class Fake(Func<PairCandidates, MinedPairs> choose) : IPairMiner
    {
        public MinedPairs Choose(PairCandidates pairs) => choose(pairs);
    }
}
