using Dml.Numerics;
using Dml.Plugins;
using Dml.Tests.Influence;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Losses;

public sealed class XbmTests
{
    private const int Size = 17;

    private const int WarmUp = 2;

    private const double Weight = 0.6;

    /// <summary>The mean of a loss over anchors among partners that may be others than the anchors, by loops over the definition.</summary>
    private delegate double Plain(IReadOnlyList<Entry> anchors, IReadOnlyList<Entry> partners);

    private static readonly Dictionary<string, Plain> Oracles = new() { ["contrastive"] = Contrastive, ["supcon"] = SupCon };

    [Theory]
    [InlineData("contrastive", ScalarType.Float64, 1e-12)]
    [InlineData("contrastive", ScalarType.Float32, 1e-5)]
    [InlineData("supcon", ScalarType.Float64, 1e-12)]
    [InlineData("supcon", ScalarType.Float32, 1e-5)]
    public void A_training_step_is_a_plain_loop_over_the_batch_and_the_memory(string inner, ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var loss = Make($"\"{inner}\"", dtype);
        using var generator = new Generator(7);
        var memory = new List<Entry>();
        for (var step = 0; step < 7; step++)
        {
            var count = 6 - (step % 2);
            var (embeddings, labels) = (randn([count, 4], dtype: dtype, generator: generator) * 3, randint(3, [count], generator: generator));
            var batch = Entries(embeddings, labels);
            var expected = Oracles[inner](batch, batch);
            if (step >= WarmUp)
            {
                memory.AddRange(batch);
                if (memory.Count > Size) memory.RemoveRange(0, memory.Count - Size);
                expected += Weight * Oracles[inner](batch, memory);
            }

            Assert.Equal(expected, loss.TrainingLoss(embeddings, labels).to(float64).item<double>(), tolerance * (1 + Math.Abs(expected)));
        }

        Assert.Equal(Size, memory.Count);
    }

    [Fact]
    public void The_gradient_takes_the_memory_for_constant()
    {
        using var scope = NewDisposeScope();
        using var loss = Make("""{ "name": "contrastive", "negativeMargin": 1.5 }""", float64, warmUp: 0);
        using var generator = new Generator(8);
        var labels = arange(6).remainder(3);
        loss.TrainingLoss(randn([6, 4], dtype: float64, generator: generator), labels);
        var embeddings = randn([6, 4], dtype: float64, generator: generator).requires_grad_();
        var before = loss.Memory.Select(m => m.Value.clone()).ToList();
        var gradient = Gradients.Of(loss.TrainingLoss(embeddings, labels), embeddings);
        var entered = loss.Memory.Select(m => m.Value.clone()).ToList();
        var still = embeddings.detach().clone();
        PlainRows.AssertCentral(
            () =>
            {
                // The same step, with the entries of the memory as they were made by the embeddings that it began with.
                var (all, places) = (entered[0].narrow(0, 0, 12), arange(6, 12));
                var pairs = (PairLoss)loss;
                return pairs.BatchLoss(still, labels) + (pairs.LossAmong(still, labels, all, entered[1].narrow(0, 0, 12), places) * Weight);
            },
            still, gradient, 1e-7);
        Assert.Equal(6, before[2][1].item<long>());
        Assert.Equal(12, entered[2][1].item<long>());
    }

    public static TheoryData<string> Inner => [.. PairLosses.Names.Where(n => n != "lifted-structure")];

    [Theory]
    [MemberData(nameof(Inner))]
    public void Every_loss_of_pairs_can_be_held_against_its_own_batch_as_a_memory(string name)
    {
        using var scope = NewDisposeScope();
        using var loss = PairLosses.Make(name);
        using var generator = new Generator(9);
        var (embeddings, labels) = (randn([14, 5], dtype: float64, generator: generator), arange(14).remainder(4));
        var whole = loss.BatchLoss(embeddings, labels);
        AssertClose(whole, loss.LossAmong(embeddings, labels, embeddings, labels, arange(14)), 1e-13);

        // In another order of the partners, and in blocks.
        loss.MostElements = 40;
        var order = randperm(14, generator: generator);
        AssertClose(whole, loss.LossAmong(embeddings, labels, embeddings.index_select(0, order), labels.index_select(0, order), order.argsort()), 1e-12);
    }

    [Theory]
    [InlineData("triplet")]
    [InlineData("multi-similarity")]
    public void Influence_is_that_of_the_loss_within_to_the_bit_whatever_is_remembered(string inner)
    {
        using var scope = NewDisposeScope();
        foreach (var of in new[] { ShareBasis.Batches, ShareBasis.Full })
        {
            using var problem = new PairProblem(shape => ChosenLosses.Make($$"""{ "name": "xbm", "loss": "{{inner}}", "warmUp": 0, "size": 24 }""", shape), of);
            var context = problem.Context;
            using var alone = ChosenLosses.Make($"\"{inner}\"", new(3, 4, float64, CPU));
            ((IRememberingLoss)context.Loss).TrainingLoss(LossGradients.Embed(context, context.TrainFeatures), context.TrainLabels);
            foreach (var make in new Func<IInfluenceEstimator>[]
            {
                () => new EifEstimator(new() { Shares = problem.Options }), () => new TracInEstimator(new() { Shares = problem.Options }),
                () => new IfEstimator(new() { Shares = problem.Options, Lambda = 500 }),
            })
            {
                Assert.True(Scores(make(), context).equal(Scores(make(), context with { Loss = alone })).all().item<bool>(), make().GetType().Name);
            }
        }
    }

    [Theory]
    [InlineData("\"proxy-anchor\"", "loss.loss: expected a loss of pairs that takes each anchor by itself, such as contrastive or triplet, "
        + "found proxy-anchor, which is none; choose another one, or another form of it.")]
    [InlineData("\"lifted-structure\"", "loss.loss: expected a loss of pairs that takes each anchor by itself, such as contrastive or triplet, "
        + "found lifted-structure, which looks at the rows of several anchors at once; choose another one, or another form of it.")]
    public void Another_kind_of_loss_is_refused(string inner, string message) =>
        Assert.Equal(message, Assert.Throws<DmlException>(() => Make(inner, float64)).Message);

    [Fact]
    public void A_batch_that_does_not_fit_is_refused()
    {
        using var scope = NewDisposeScope();
        using var loss = Make("\"triplet\"", float64);
        var error = Assert.Throws<DmlException>(() => loss.TrainingLoss(zeros([Size + 1, 4], float64), zeros([Size + 1], int64)));
        Assert.Equal(
            "loss.size: expected room for a batch of 18 samples in the memory, found 17; remember more, or train on smaller batches.", error.Message);
    }

    [Fact]
    public void A_training_that_ends_before_the_memory_begins_is_told()
    {
        using var scope = NewDisposeScope();
        var inner = $$"""{ "name": "xbm", "loss": "triplet", "size": {{Size}}, "warmUp": {{WarmUp}} }""";
        using var loss = (IRememberingLoss)ChosenLosses.Make(ChosenLosses.Composed((1, "\"proxy-nca-pp\""), (1, inner)), new(3, 4, float64, CPU));
        var (embeddings, labels) = (ones([6, 4], float64), arange(6).remainder(3));
        for (var step = 0; step < WarmUp; step++) loss.TrainingLoss(embeddings, labels);
        Assert.Equal(
            "The training ended after 2 steps, before the memory of xbm began, whose warmUp is 2; it was one with triplet alone. Set a lower warmUp.",
            loss.Remark);
        loss.TrainingLoss(embeddings, labels);
        Assert.Null(loss.Remark);
    }

    private sealed record Entry(double[] Row, long Label);

    private static IRememberingLoss Make(string inner, ScalarType dtype, int warmUp = WarmUp) => (IRememberingLoss)ChosenLosses.Make(
        FormattableString.Invariant($$"""{ "name": "xbm", "loss": {{inner}}, "size": {{Size}}, "warmUp": {{warmUp}}, "weight": {{Weight}} }"""),
        new(3, 4, dtype, CPU));

    private static List<Entry> Entries(Tensor embeddings, Tensor labels) =>
        [.. PlainRows.Of(embeddings).Zip(labels.data<long>().ToArray(), (row, label) => new Entry(row, label))];

    private static double Contrastive(IReadOnlyList<Entry> anchors, IReadOnlyList<Entry> partners)
    {
        var (near, nearCount, far, farCount) = (0.0, 0, 0.0, 0);
        foreach (var a in anchors)
        {
            foreach (var p in partners.Where(p => !ReferenceEquals(a, p)))
            {
                var distance = Math.Sqrt(Math.Max(2 - (2 * PlainRows.Cosine(a.Row, p.Row)), 1e-12));
                if (a.Label == p.Label && distance > 0) (near, nearCount) = (near + (distance * distance), nearCount + 1);
                if (a.Label != p.Label && distance < 1) (far, farCount) = (far + ((1 - distance) * (1 - distance)), farCount + 1);
            }
        }

        return (near / Math.Max(nearCount, 1e-12)) + (far / Math.Max(farCount, 1e-12));
    }

    private static double SupCon(IReadOnlyList<Entry> anchors, IReadOnlyList<Entry> partners)
    {
        var (sum, count) = (0.0, 0);
        foreach (var a in anchors)
        {
            var others = partners.Where(p => !ReferenceEquals(a, p)).Select(p => (p.Label, Logit: PlainRows.Cosine(a.Row, p.Row) / 0.1)).ToList();
            var positives = others.Where(p => p.Label == a.Label).ToList();
            if (positives.Count == 0) continue;
            sum += Math.Log(others.Sum(p => Math.Exp(p.Logit))) - positives.Average(p => p.Logit);
            count++;
        }

        return sum / Math.Max(count, 1e-12);
    }

    private static Tensor Scores(IInfluenceEstimator estimator, InfluenceContext context)
    {
        using (estimator)
        {
            estimator.Prepare(context, new SilentProgress(), CancellationToken.None);
            return estimator.Score(context, [SmallProblem.Pair, SmallProblem.Group], new SilentProgress(), CancellationToken.None).Harm;
        }
    }

    private static void AssertClose(Tensor expected, Tensor actual, double tolerance) =>
        Assert.InRange(PlainRows.RelativeError(expected, actual), 0, tolerance);
}
