using Dml.Torch;
using static TorchSharp.torch;

namespace Dml.Testing;

/// <summary>Checks that a miner keeps the contract of <see cref="IPairMiner"/>.</summary>
public static class MinerConformance
{
    private const int Count = 24;

    /// <summary>
    /// Checks in float32 and float64: masks of the candidates' shape that are a part of these; the same choice in a second call, for an anchor alone as in a
    /// block, and in another order of the partners; that nothing it is given is changed; anchors without a positive or negative, and a
    /// batch of one class; that any pair is chosen at all; and no tensor growth.
    /// </summary>
    /// <param name="make">Makes the miner; called once for each dtype.</param>
    /// <exception cref="ConformanceException">The miner breaks its contract.</exception>
    public static void Check(Func<IPairMiner> make)
    {
        ArgumentNullException.ThrowIfNull(make);
        NativeTorch.EnsureLoaded();
        Expect.On("docs/losses.md#miners", () => CheckAll(make));
    }

    private static void CheckAll(Func<IPairMiner> make)
    {
        foreach (var dtype in new[] { float32, float64 })
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var miner = make() ?? throw new ConformanceException("The maker: expected an IPairMiner, found null; return a new miner.");
            var member = $"{miner.GetType().Name}.Choose";

            // Classes of 8, 7, 5 and 3 samples, and one of a single one, which has no positive.
            long[] labels = [.. Enumerable.Range(0, Count).Select(i => i < 8 ? 0L : i < 15 ? 1 : i < 20 ? 2 : i < 23 ? 3 : 4)];
            var pairs = Candidates(tensor(labels), dtype);
            var before = (pairs.Cosines.clone(), pairs.Positives.clone(), pairs.Negatives.clone());
            var chosen = Choose(miner, pairs, member);
            Expect.That(
                Unchanged(before.Item1, pairs.Cosines) && Unchanged(before.Item2, pairs.Positives) && Unchanged(before.Item3, pairs.Negatives),
                $"{member}: expected the candidates to stay as they were, found them changed; copy a tensor before you write into it.");
            Expect.That(
                chosen.Positives.any().item<bool>() || chosen.Negatives.any().item<bool>(),
                $"{member}: expected some of {pairs.Positives.sum().item<long>()} positives or {pairs.Negatives.sum().item<long>()} negatives to be chosen, "
                    + $"found none; a loss of no pairs trains nothing.");
            Same(chosen, Choose(miner, pairs, member), member, "in a second call", "draw nothing at random, and keep nothing");
            Rows(miner, pairs, chosen, member);
            Order(miner, pairs, chosen, member);
            Choose(miner, Candidates(zeros([Count], int64), dtype), member);
            Expect.NoGrowth(member, 50, () =>
            {
                using var call = NewDisposeScope();
                miner.Choose(pairs);
            });
        }
    }

    private static PairCandidates Candidates(Tensor labels, ScalarType dtype)
    {
        var units = nn.functional.normalize(new Draws(3).Normal(Count, 6), dim: 1).to(dtype);
        var same = labels.unsqueeze(0).eq(labels.unsqueeze(1));
        return new(units.mm(units.t()), same.logical_and(eye(Count, dtype: @bool).logical_not()), same.logical_not());
    }

    private static bool Unchanged(Tensor before, Tensor now) => before.eq(now).all().item<bool>();

    private static MinedPairs Choose(IPairMiner miner, PairCandidates pairs, string member)
    {
        var chosen = miner.Choose(pairs) ?? throw new ConformanceException($"{member}: expected two masks, found null; return the pairs that count.");
        Part(chosen.Positives, pairs.Positives, member, "Positives");
        Part(chosen.Negatives, pairs.Negatives, member, "Negatives");
        return chosen;
    }

    private static void Part(Tensor mask, Tensor candidates, string member, string which)
    {
        Expect.Form(mask.to(float32), candidates.shape, float32, $"{member}, {which}", "return one mask over anchors and partners");
        Expect.That(
            mask.dtype == @bool, $"{member}, {which}: expected a mask of bool, found {Expect.Name(mask.dtype)}; choose pairs, which weights are none of.");
        var beyond = mask.logical_and(candidates.logical_not()).sum().item<long>();
        Expect.That(
            beyond == 0,
            $"{member}, {which}: expected none but candidates, found {beyond} other pairs; join the mask with the candidates by logical_and.");
    }

    /// <summary>Anchors alone choose what they choose in a block.</summary>
    private static void Rows(IPairMiner miner, PairCandidates pairs, MinedPairs chosen, string member)
    {
        for (var anchor = 0; anchor < Count; anchor++)
        {
            using var scope = NewDisposeScope();
            var alone = Choose(miner, new(Row(pairs.Cosines), Row(pairs.Positives), Row(pairs.Negatives)), member);
            Same(
                new(Row(chosen.Positives), Row(chosen.Negatives)), alone, member, $"for anchor {anchor} alone as in a block",
                "let an anchor's choice depend on its own row");

            Tensor Row(Tensor all) => all.narrow(0, anchor, 1);
        }
    }

    private static void Order(IPairMiner miner, PairCandidates pairs, MinedPairs chosen, string member)
    {
        var turned = Choose(miner, new(pairs.Cosines.flip(1), pairs.Positives.flip(1), pairs.Negatives.flip(1)), member);
        Same(
            chosen, new(turned.Positives.flip(1), turned.Negatives.flip(1)), member, "in another order of the partners",
            "let no place in the batch decide");
    }

    private static void Same(MinedPairs expected, MinedPairs actual, string member, string how, string remedy)
    {
        var others = expected.Positives.ne(actual.Positives).sum().item<long>() + expected.Negatives.ne(actual.Negatives).sum().item<long>();
        Expect.That(others == 0, $"{member}: expected the same pairs {how}, found {others} others; {remedy}.");
    }
}
