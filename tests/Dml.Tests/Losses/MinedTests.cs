using Dml.Numerics;
using Dml.Plugins;
using Dml.Tests.Influence;
using static TorchSharp.torch;

namespace Dml.Tests.Losses;

/// <summary>Mining around a loss of pairs, against losses that have the same mining within, and against plain loops.</summary>
public sealed class MinedTests
{
    private const string Gap = """{ "name": "mined", "loss": { "name": "multi-similarity", "epsilon": null }, "miner": "gap" }""";

    [Theory]
    [InlineData(Gap, "\"multi-similarity\"", true)]
    [InlineData(
        """{ "name": "mined", "loss": { "name": "multi-similarity", "epsilon": null }, "miner": { "name": "gap", "epsilon": 0.4 } }""",
        """{ "name": "multi-similarity", "epsilon": 0.4 }""", true)]
    [InlineData("""{ "name": "mined", "loss": "triplet", "miner": "hardest" }""", """{ "name": "triplet", "mining": "hard" }""", false)]
    [InlineData(
        """{ "name": "mined", "loss": "contrastive", "miner": { "name": "hardest", "positives": null, "negatives": null } }""", "\"contrastive\"", true)]
    public void Mined_pairs_are_those_of_a_loss_that_mines_itself(string mined, string own, bool weighted)
    {
        using var scope = NewDisposeScope();
        var shape = new LossShape(5, 6, float64, CPU);
        using var outer = ChosenLosses.Make(mined, shape);
        using var inner = ChosenLosses.Make(own, shape);
        using var generator = new Generator(5);
        var labels = randint(5, [20], generator: generator);
        var embeddings = randn([20, 6], dtype: float64, generator: generator);
        var weights = (rand([20], dtype: float64, generator: generator) * 2).clamp_min(0.3);
        weights[3] = 0;

        // Of a partner of weight below 1, the mining of triplet leaves the rest to the next in line, which a mask of pairs cannot say.
        foreach (var given in weighted ? new[] { null, weights } : [null])
        {
            var (one, other) = (embeddings.clone().requires_grad_(), embeddings.clone().requires_grad_());
            var (value, expected) = (outer.BatchLoss(one, labels, given), inner.BatchLoss(other, labels, given));
            var tolerance = weighted ? 0 : 1e-14;
            Assert.True(expected.item<double>() > 0.01);
            Assert.InRange(Math.Abs(expected.item<double>() - value.item<double>()), 0, tolerance);
            Assert.InRange((Gradients.Of(expected, other) - Gradients.Of(value, one)).abs().max().item<double>(), 0, tolerance);
        }
    }

    [Fact]
    public void Shares_of_mined_pairs_are_those_of_the_loss_that_mines_itself()
    {
        foreach (var of in new[] { ShareBasis.Batches, ShareBasis.Full })
        {
            using var scope = NewDisposeScope();
            using var mined = new PairProblem(shape => ChosenLosses.Make(Gap, shape), of);
            using var own = new PairProblem(_ => new MultiSimilarityLoss(new()), of);
            var shares = new LossShares(mined.Context, mined.Options).Of(mined.Context.HeadWeight);
            Assert.True(new LossShares(own.Context, own.Options).Of(own.Context.HeadWeight).equal(shares).all().item<bool>());
        }
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 1)]
    [InlineData(null, 4)]
    public void The_hardest_are_the_farthest_positives_and_the_nearest_negatives(int? positives, int? negatives)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(6);
        var units = UnitRows.Of(randn([15, 4], dtype: float64, generator: generator));
        long[] labels = [.. Enumerable.Range(0, 15).Select(i => i < 9 ? (long)(i % 2) : 2 + (i % 4))];
        var cosines = units.mm(units.t());
        var same = tensor(labels).unsqueeze(0).eq(tensor(labels).unsqueeze(1));
        var chosen = new HardestMiner(new() { Positives = positives, Negatives = negatives })
            .Choose(new(cosines, same.logical_and(eye(15, dtype: @bool).logical_not()), same.logical_not()));
        for (var a = 0; a < 15; a++)
        {
            var anchor = a;
            int[] others = [.. Enumerable.Range(0, 15).Where(i => i != anchor).OrderBy(i => cosines[anchor, i].item<double>())];
            var far = others.Where(i => labels[i] == labels[anchor]).Take(positives ?? 15).Order();
            var near = others.Reverse().Where(i => labels[i] != labels[anchor]).Take(negatives ?? 15).Order();
            Assert.Equal(far, Chosen(chosen.Positives, anchor));
            Assert.Equal(near, Chosen(chosen.Negatives, anchor));
        }

        static IEnumerable<int> Chosen(Tensor mask, int anchor) => Enumerable.Range(0, 15).Where(i => mask[anchor, i].item<bool>());
    }

    [Theory]
    [InlineData("""{ "name": "mined", "loss": "proxy-nca-pp" }""",
        "loss.loss: expected a loss of pairs, whose pairs a miner chooses, found proxy-nca-pp; choose a loss of pairs such as contrastive.")]
    [InlineData("""{ "name": "mined", "loss": "xbm" }""",
        "loss.loss: expected a loss of pairs, whose pairs a miner chooses, found xbm, which remembers earlier batches; put mined into xbm.")]
    public void Another_loss_within_is_refused(string section, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<DmlException>(() => ChosenLosses.Make(section, new(5, 4, float32, CPU))).Message);

    [Fact]
    public void An_unknown_miner_is_told_with_its_path()
    {
        var error = Assert.ThrowsAny<DmlException>(() => ChosenLosses.Make("""{ "name": "mined", "miner": "gapp" }""", new(5, 4, float32, CPU)));
        Assert.EndsWith("loss.miner.name: unknown miner plugin \"gapp\"; did you mean \"gap\"?", error.Message, StringComparison.Ordinal);
    }
}
