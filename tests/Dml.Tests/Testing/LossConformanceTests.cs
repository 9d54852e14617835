using Dml.Plugins;
using Dml.Samples;
using Dml.Testing;
using Dml.Tests.Influence;
using Dml.Tests.Losses;
using Dml.Tests.Training;

namespace Dml.Tests.Testing;

[Collection(AloneCollection.Name)]
public sealed class LossConformanceTests
{
    [Fact]
    public void ProxyNcaPP_keeps_the_contract() => LossConformance.Check(shape => new ProxyNcaPPLoss(new(), shape));

    [Theory]
    [InlineData(1, 0.1)]
    [InlineData(2, 0.1)]
    [InlineData(3, 0.02)]
    [InlineData(10, 1)]
    public void SoftTriple_keeps_the_contract(int centers, double gamma) =>
        LossConformance.Check(shape => new SoftTripleLoss(new() { Centers = centers, Gamma = gamma }, shape));

    [Theory]
    [InlineData(32, 0.1)]
    [InlineData(4, 0)]
    public void ProxyAnchor_keeps_the_contract(double scale, double margin) =>
        LossConformance.Check(shape => new ProxyAnchorLoss(new() { Scale = scale, Margin = margin }, shape));

    [Theory]
    [InlineData(64, 0.5)]
    [InlineData(8, 1.4)]
    [InlineData(4, 0)]
    public void ArcFace_keeps_the_contract(double scale, double margin) =>
        LossConformance.Check(shape => new ArcFaceLoss(new() { Scale = scale, Margin = margin }, shape));

    [Theory]
    [InlineData(1, 64, 0.5)]
    [InlineData(3, 16, 0.5)]
    [InlineData(3, 4, 0)]
    public void SubCenterArcFace_keeps_the_contract(int centers, double scale, double margin) =>
        LossConformance.Check(shape => new SubCenterArcFaceLoss(new() { Centers = centers, Scale = scale, Margin = margin }, shape));

    [Theory]
    [InlineData(64, 0.35)]
    [InlineData(4, 0)]
    public void CosFace_keeps_the_contract(double scale, double margin) =>
        LossConformance.Check(shape => new CosFaceLoss(new() { Scale = scale, Margin = margin }, shape));

    [Theory]
    [InlineData(0.05)]
    [InlineData(1)]
    public void NormSoftmax_keeps_the_contract(double temperature) =>
        LossConformance.Check(shape => new NormSoftmaxLoss(new() { Temperature = temperature }, shape));

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public void ProxyNca_keeps_the_contract(double scale, bool ownInDenominator) =>
        LossConformance.Check(shape => new ProxyNcaLoss(new() { Scale = scale, OwnInDenominator = ownInDenominator }, shape));

    [Theory]
    [InlineData(30, 1.5)]
    [InlineData(8, 4)]
    [InlineData(4, 1)]
    public void SphereFace_keeps_the_contract(double scale, double margin) =>
        LossConformance.Check(shape => new SphereFaceLoss(new() { Scale = scale, Margin = margin }, shape));

    [Theory]
    [InlineData(80, 0.4)]
    [InlineData(8, 0)]
    public void ProxyCircle_keeps_the_contract(double scale, double margin) =>
        LossConformance.Check(shape => new ProxyCircleLoss(new() { Scale = scale, Margin = margin }, shape));

    [Theory]
    [InlineData(0)]
    [InlineData(0.35)]
    public void The_sample_keeps_the_contract(double margin) => LossConformance.Check(shape => new AmSoftmaxLoss(new() { Margin = margin }, shape));

    public static TheoryData<string> Pairs => [.. PairLosses.Names];

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Losses_of_pairs_keep_the_contract(string name) => LossConformance.Check(_ => PairLosses.Make(name));

    [Theory]
    [InlineData("\"composed\"")]
    [InlineData("""{ "name": "composed", "parts": [ { "weight": 0.3, "loss": { "name": "softtriple", "centers": 2 } }, { "loss": "arcface" } ] }""")]
    [InlineData("""{ "name": "composed", "parts": [ { "loss": { "name": "xbm", "warmUp": 1, "size": 20 } }, { "weight": 2, "loss": "proxy-anchor" } ] }""")]
    [InlineData("""{ "name": "xbm", "warmUp": 1, "size": 20 }""")]
    [InlineData("""{ "name": "xbm", "warmUp": 0, "size": 100, "weight": 0.5, "loss": { "name": "triplet", "mining": "hard", "soft": true } }""")]
    public void Losses_that_choose_others_keep_the_contract(string section) => LossConformance.Check(shape => ChosenLosses.Make(section, shape));

    [Theory]
    [InlineData("""{ "name": "mined", "miner": { "name": "hardest", "positives": null, "negatives": 2 } }""")]
    [InlineData("""{ "name": "mined", "loss": "supcon" }""")]
    [InlineData("""{ "name": "xbm", "warmUp": 1, "size": 20, "loss": "mined" }""")]
    public void Losses_of_mined_pairs_keep_the_contract(string section) => LossConformance.Check(shape => ChosenLosses.Make(section, shape));

    [Theory]
    [InlineData(true, "Positives")]
    [InlineData(false, "Negatives")]
    public void A_loss_of_pairs_without_the_weights_of_its_partners_is_told(bool positives, string role)
    {
        var broken = Assert.Throws<ConformanceException>(() => LossConformance.Check(_ => new UnweightedPairLoss(positives)));
        Sentences.AssertLike(
            $"UnweightedPairLoss.TermsAt: expected a partner's weight to count among pairs.{role}, found a slope of 0 in all * of them, though leaving one out "
                + "changes its anchor's value by up to *; multiply what a pair adds with pairs.WeightsOf(chosen), or sum with pairs.LogSum: a mask alone is "
                + "not enough.",
            broken.Sentence);
        Assert.Equal("docs/losses.md#writing-a-loss-of-pairs", broken.Page);
    }

    [Fact]
    public void A_loss_without_proxies_can_keep_the_contract() => LossConformance.Check(shape => new CentreLoss(shape));

    [Fact]
    public void A_proxy_loss_may_leave_changes_to_the_contracts_default() => LossConformance.Check(shape => new FakeLoss(shape));

    [Fact]
    public void A_loss_that_is_no_mean_of_samples_can_keep_the_contract() => LossConformance.Check(shape => new FakeBatchLoss(shape));

    public static TheoryData<Fault, string> Faults() => new()
    {
        { Fault.Reduced, "FakeLoss.PerSample: expected shape (12), found (); return one value a sample and leave means and weights to the caller." },
        { Fault.WrongDtype, "FakeLoss.PerSample: expected dtype float64, found float32; convert the plugin's own tensors to the dtype of what it is given." },
        { Fault.NotFinite, "FakeLoss.PerSample: expected finite values, found NaN or infinity; guard divisions, logarithms and exponentials." },
        {
            Fault.Flat,
            "FakeLoss.PerSample: expected values that move with the embedding, found the same at any embedding; "
                + "estimators explain PerSample, so return what the loss says of a sample."
        },
        { Fault.SeesTheBatch, "FakeLoss.PerSample: expected the same value for a sample alone as in a batch, found a relative difference of *; "
            + "form each value from its own embedding and label." },
        { Fault.Random, "FakeLoss.PerSample: expected the same value* found a relative difference of *" },
        {
            Fault.Detached,
            "FakeLoss.PerSample: expected a result that is differentiable in the embeddings, found one without a gradient; do not detach or copy values out."
        },
        { Fault.HalfDetached, "FakeLoss.PerSample: expected the gradient in parameter \"proxies\" to be * at element * (central differences), found *; "
            + "keep every step from inputs to values differentiable." },
        { Fault.SameName, "FakeLoss.Parameters: expected unique names, found \"proxies\" twice; the checkpoint keeps one tensor a name, so rename one." },
        { Fault.VectorRegularizer, "FakeLoss.Regularizer: expected shape (), found (5); return a scalar or null." },
        {
            Fault.ProxiesUnlisted,
            "FakeLoss.Proxies: expected the proxies among Parameters, found them missing; list them there or they are neither trained nor saved."
        },
        {
            Fault.ProxiesTransposed,
            "FakeLoss.Proxies: expected shape (5, 8), C * K rows of E numbers, found (8, 5); keep one row a proxy, ordered class * K + k."
        },
        { Fault.OtherCosines, "FakeLoss.FromCosines: expected the values of PerSample from the cosines of its embeddings, found a relative difference of *; "
            + "let PerSample call FromCosines with UnitRows.Cosines(embeddings, Proxies)." },
        { Fault.LengthMatters, "FakeLoss.PerSample: expected the same values for embeddings three times as long, found a relative difference of *; "
            + "let the embedding enter through its cosines alone, or implement IMetricLoss instead." },
        {
            Fault.Leaks,
            "FakeLoss.PerSample: expected no tensor to stay alive, found 50 after 50 calls; open a dispose scope and move only the result out of it."
        },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_broken_loss_is_told_what_is_wrong(Fault fault, string sentence)
    {
        var error = Assert.Throws<ConformanceException>(() => LossConformance.Check(shape => new FakeLoss(shape, fault)));
        Sentences.AssertLike(sentence, error.Sentence);
    }

    [Theory]
    [InlineData(Fault.WrongChange, "FakeChangeLoss.At(...).Change: expected a float32 change that keeps its digits for moves of 0.1, "
        + "found a relative difference of 0.01 (at most 0.001); use a closed form such as SoftmaxLossChange, or do not override At.")]
    [InlineData(Fault.CoarseChange, "FakeChangeLoss.At(...).Change: expected a float32 change that keeps its digits for moves of 1E-05, "
        + "found a relative difference of * (at most 0.001); use a closed form such as SoftmaxLossChange, or do not override At.")]
    public void A_change_that_is_wrong_or_loses_digits_is_told(Fault fault, string sentence)
    {
        var error = Assert.Throws<ConformanceException>(() => LossConformance.Check(shape => new FakeChangeLoss(shape, fault)));
        Sentences.AssertLike(sentence, error.Sentence);
    }

    [Theory]
    [InlineData(Fault.WrongGradient, "FakeCurvatureLoss.CurvatureAt(...).Gradient: expected the gradient of FromCosines, "
        + "found a relative difference of * (at most 0.001); form dl_i / dcos_i, or return null from CurvatureAt.")]
    [InlineData(Fault.WrongHessian, "FakeCurvatureLoss.CurvatureAt(...).Multiply: expected the Hessian of FromCosines times each direction, "
        + "found a relative difference of 0.01 (at most 0.001); form d2l_i / dcos_i2 times the direction, or return null from CurvatureAt.")]
    [InlineData(Fault.NegativeCurvature, "FakeCurvatureLoss.CurvatureAt(...).MultiplyConvex: expected x . (M x) of at least 0 for every direction x, "
        + "found -* of the greatest product; leave out what is not convex in the outputs of the loss.")]
    public void Derivatives_that_are_wrong_are_told(Fault fault, string sentence)
    {
        var error = Assert.Throws<ConformanceException>(() => LossConformance.Check(shape => new FakeCurvatureLoss(shape, fault)));
        Sentences.AssertLike(sentence, error.Sentence);
    }

    public static TheoryData<Fault, string> BatchFaults() => new()
    {
        { Fault.BatchVector, "FakeBatchLoss.BatchLoss: expected shape (), found (12); return a scalar: the loss of the whole batch." },
        {
            Fault.BatchWrongDtype,
            "FakeBatchLoss.BatchLoss: expected dtype float64, found float32; convert the plugin's own tensors to the dtype of what it is given."
        },
        {
            Fault.BatchNotFiniteWhenEmpty,
            "FakeBatchLoss.BatchLoss: expected finite values, found NaN or infinity; guard divisions, logarithms and exponentials."
        },
        { Fault.BatchNullIsNotOne, "FakeBatchLoss.BatchLoss: expected the same value for weights of 1 as for none, found a relative difference of *; "
            + "let null stand for a weight of 1 throughout." },
        { Fault.BatchMeanUndeclared, "FakeBatchLoss.BatchLoss: expected the mean of PerSample's values, found a relative difference of *; "
            + "leave BatchLoss to the contract, or let IsMeanOfSamples be false." },
        { Fault.BatchDividedByWeights, "FakeBatchLoss.BatchLoss: expected mean(w l) over PerSample's values l, "
            + "divided by the number of samples, found a relative difference of *; leave BatchLoss to the contract, or let IsMeanOfSamples be false." },
        { Fault.BatchIgnoresWeights, "FakeBatchLoss.BatchLoss: expected derivatives in the weights that move with the embeddings, "
            + "found the same at any embedding; estimators explain a sample's share of the loss, its derivative in the sample's weight, "
            + "so use the weights that are given." },
        { Fault.BatchMinesLeftOut, "FakeBatchLoss.BatchLoss: expected the same value wherever samples of weight 0 lie, found a relative difference of *; "
            + "weight each pair with the product of its samples' weights, and choose no sample of weight 0." },
        { Fault.BatchDetached, "FakeBatchLoss.BatchLoss: expected derivatives in the weights that move with the embeddings, *" },
        { Fault.BatchHalfDetached, "FakeBatchLoss.BatchLoss: expected the gradient in the embeddings to be * at element * (central differences), found *; "
            + "keep every step from inputs to values differentiable." },
        {
            Fault.BatchLeaks,
            "FakeBatchLoss.BatchLoss: expected no tensor to stay alive, found 50 after 50 calls; open a dispose scope and move only the result out of it."
        },
    };

    [Theory]
    [MemberData(nameof(BatchFaults))]
    public void A_broken_batch_loss_is_told_what_is_wrong(Fault fault, string sentence)
    {
        var error = Assert.Throws<ConformanceException>(() => LossConformance.Check(shape => new FakeBatchLoss(shape, fault)));
        Sentences.AssertLike(sentence, error.Sentence);
    }
}
