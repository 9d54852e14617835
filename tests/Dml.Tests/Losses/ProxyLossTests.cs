using Dml.Numerics;
using Dml.Plugins;
using Dml.Testing;
using Dml.Tests.Training;
using static TorchSharp.torch;

namespace Dml.Tests.Losses;

/// <summary>What the base classes of proxy losses give to a loss of one method.</summary>
[Collection(AloneCollection.Name)]
public sealed class ProxyLossTests
{
    private const int Classes = 6;
    private const int Centres = 3;

    private static readonly SoftTripleOptions Options = new() { Centers = Centres, Margin = 0.05, Gamma = 0.2 };

    [Fact]
    public void A_loss_of_logits_alone_keeps_the_contract()
    {
        LossConformance.Check(shape => new PlainSoftTriple(shape));
        LossConformance.Check(shape => new BestCentre(shape));
    }

    [Fact]
    public void Its_changes_are_those_of_the_closed_form()
    {
        using var scope = NewDisposeScope();
        var (plain, closed) = Pair();
        var (cosines, labels, moves) = Problem();
        using var atPlain = plain.At(cosines, labels);
        using var atClosed = closed.At(cosines, labels);
        foreach (var size in new[] { 1.0, 1e-3 }) AssertClose(atClosed.Change(moves * size), atPlain.Change(moves * size), 1e-11);
    }

    [Fact]
    public void Its_changes_keep_the_digits_of_float32()
    {
        using var scope = NewDisposeScope();
        var (plain, closed) = Pair();
        var (cosines, labels, moves) = Problem();
        var (coarse, move) = (cosines.to(float32), (moves * 1e-6).to(float32));
        using var atPlain = plain.At(coarse, labels);
        using var atClosed = closed.At(coarse.to(float64), labels);
        var change = atPlain.Change(move);
        Assert.Equal(float32, change.dtype);
        AssertClose(atClosed.Change(move.to(float64)), change, 1e-6);
    }

    [Fact]
    public void Its_derivatives_are_those_of_the_closed_form()
    {
        using var scope = NewDisposeScope();
        var (plain, closed) = Pair();
        var (cosines, labels, _) = Problem();
        using var ofPlain = plain.CurvatureAt(cosines, labels)!;
        using var ofClosed = closed.CurvatureAt(cosines, labels)!;
        AssertClose(ofClosed.Gradient, ofPlain.Gradient, 1e-12);
        var (part, directions) = (new SampleRange(2, 4), randn(4, 3, Classes * Centres, dtype: float64));
        AssertClose(ofClosed.Multiply(part, directions), ofPlain.Multiply(part, directions), 1e-12);
        AssertClose(ofClosed.MultiplyConvex(part, directions), ofPlain.MultiplyConvex(part, directions), 1e-12);
    }

    [Fact]
    public void Where_logits_are_linear_the_closed_forms_of_a_softmax_serve()
    {
        using var scope = NewDisposeScope();
        using var loss = new ProxyNcaPPLoss(new() { Scale = 3 }, new(Classes, 4, float32, CPU));
        var (cosines, labels) = (rand(5, Classes), randint(0, Classes, [5], dtype: int64));
        using var at = loss.At(cosines, labels);
        Assert.Equal(18, Assert.IsType<SoftmaxAtCosines>(at).Scale);
        using var curvature = loss.CurvatureAt(cosines, labels);
        Assert.IsType<SoftmaxCurvature>(curvature);
    }

    [Theory]
    [InlineData(null, 0.1)]
    [InlineData(0.25, 0.25)]
    public void Proxies_start_with_the_deviation_that_is_asked_for(double? deviation, double expected)
    {
        random.manual_seed(3);
        using var loss = new ConstantLoss(new(200, 500, float64, CPU), deviation, labels => zeros(labels.shape[0]));
        Assert.Equal([200, 500], loss.Proxies.shape);
        using var scope = NewDisposeScope();
        Assert.Equal(expected, loss.Proxies.std().item<double>(), expected * 0.01);
        Assert.Equal("proxies", Assert.Single(loss.Parameters).Name);
    }

    [Fact]
    public void Losses_that_are_reduced_are_refused_by_name()
    {
        using var loss = new ConstantLoss(new(2, 3, float32, CPU), null, labels => zeros(1));
        var error = Assert.Throws<DmlException>(() => loss.FromCosines(zeros(4, 2), zeros(4, int64)));
        Assert.Equal("ConstantLoss.LossesAt: expected one value a sample, shape (4), found (1); return values that are not reduced.", error.Message);
    }

    [Fact]
    public void Disposing_of_a_loss_disposes_of_all_its_parameters()
    {
        var loss = new PlainSoftTriple(new(2, 3, float32, CPU));
        var parameters = loss.Parameters;
        loss.Dispose();
        Assert.Equal(["proxies", "temperature"], parameters.Select(p => p.Name));
        Assert.All(parameters, p => Assert.True(p.Value.IsInvalid));
    }

    private static (IProxyLoss Plain, IProxyLoss Closed) Pair()
    {
        random.manual_seed(1);
        LossShape shape = new(Classes, 4, float64, CPU);
        return (new PlainSoftTriple(shape), new SoftTripleLoss(Options, shape));
    }

    private static (Tensor Cosines, Tensor Labels, Tensor Moves) Problem()
    {
        random.manual_seed(2);
        var cosines = (rand(8, Classes * Centres, dtype: float64) * 2) - 1;
        return (cosines, randint(0, Classes, [8], dtype: int64), randn(8, Classes * Centres, dtype: float64) / 20);
    }

    private static void AssertClose(Tensor expected, Tensor actual, double tolerance) =>
        Assert.InRange(((actual - expected).abs().max() / expected.abs().max()).to(float64).item<double>(), 0, tolerance);

    /// <summary>SoftTriple as its formula alone, with the temperature over classes as a parameter.</summary>
    private sealed class PlainSoftTriple(LossShape shape) : SoftmaxProxyLoss(shape, Centres)
    {
        private readonly TorchSharp.Modules.Parameter _scale = nn.Parameter(full(1, Options.Scale, dtype: shape.Dtype));

        public override IReadOnlyList<NamedParameter> Parameters => [.. base.Parameters, new("temperature", _scale)];

        protected override Tensor Logits(Tensor cosines, Tensor labels)
        {
            var ofClass = cosines.view(-1, ClassCount, Centres);
            var similarities = ((ofClass / Options.Gamma).softmax(2) * ofClass).sum(2);
            return (similarities - (Options.Margin * nn.functional.one_hot(labels, ClassCount).to(cosines.dtype))) * _scale.to(cosines.dtype);
        }
    }

    /// <summary>The best of several centres a class: logits with corners.</summary>
    private sealed class BestCentre(LossShape shape) : SoftmaxProxyLoss(shape, Centres)
    {
        protected override Tensor Logits(Tensor cosines, Tensor labels) => cosines.view(-1, ClassCount, Centres).amax([2]) * 8;
    }

    private sealed class ConstantLoss(LossShape shape, double? deviation, Func<Tensor, Tensor> losses) : ProxyLoss(shape, deviation: deviation)
    {
        protected override Tensor LossesAt(Tensor cosines, Tensor labels) => losses(labels);
    }
}
