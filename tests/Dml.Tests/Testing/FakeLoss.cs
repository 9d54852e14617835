using Dml.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Tests.Testing;

/// <summary>What a <see cref="FakeLoss"/> does wrong.</summary>
public enum Fault
{
    None,
    Reduced,
    WrongDtype,
    NotFinite,
    Flat,
    SeesTheBatch,
    Random,
    Detached,
    HalfDetached,
    SameName,
    VectorRegularizer,
    ProxiesUnlisted,
    ProxiesTransposed,
    OtherCosines,
    LengthMatters,
    Leaks,
    WrongChange,
    CoarseChange,
    WrongGradient,
    WrongHessian,
    NegativeCurvature,
    BatchVector,
    BatchWrongDtype,
    BatchNotFiniteWhenEmpty,
    BatchNullIsNotOne,
    BatchMeanUndeclared,
    BatchDividedByWeights,
    BatchIgnoresWeights,
    BatchMinesLeftOut,
    BatchDetached,
    BatchHalfDetached,
    BatchLeaks,
}

/// <summary>A softmax proxy loss with one fault.</summary>
internal class FakeLoss : IProxyLoss
{
    private readonly Fault _fault;

    public FakeLoss(LossShape shape, Fault fault = Fault.None)
    {
        _fault = fault;
        var proxies = randn([shape.ClassCount, shape.EmbeddingSize], dtype: shape.Dtype);
        Proxies = nn.Parameter(fault == Fault.ProxiesTransposed ? proxies.t().contiguous() : proxies);
    }

    public Parameter Proxies { get; }

    public IReadOnlyList<NamedParameter> Parameters => _fault switch
    {
        Fault.SameName => [new("proxies", Proxies), new("proxies", Proxies)],
        Fault.ProxiesUnlisted => [],
        _ => [new("proxies", Proxies)],
    };

    public Tensor PerSample(Tensor embeddings, Tensor labels)
    {
        if (_fault == Fault.Leaks) _ = embeddings.clone();
        using var scope = NewDisposeScope();
        var proxies = _fault switch
        {
            Fault.ProxiesTransposed => Proxies.t(),
            Fault.HalfDetached => Proxies.detach(),
            _ => Proxies,
        };
        var values = Softmax(UnitRows.Cosines(embeddings, proxies), labels);
        return (_fault switch
        {
            Fault.Reduced => values.mean(),
            Fault.WrongDtype => values.to(float32),
            Fault.NotFinite => values / 0,
            Fault.Flat => values * 0,
            Fault.SeesTheBatch => values - values.mean(),
            Fault.Random => values + rand_like(values),
            Fault.Detached => values.detach(),
            Fault.HalfDetached => values + (0 * Proxies.sum()),
            Fault.LengthMatters => values + embeddings.norm(1),
            Fault.OtherCosines => values * 2,
            _ => values,
        }).MoveToOuterDisposeScope();
    }

    public Tensor? Regularizer() => _fault == Fault.VectorRegularizer ? Proxies.square().sum(1) : null;

    public Tensor FromCosines(Tensor cosines, Tensor labels)
    {
        using var scope = NewDisposeScope();
        return Softmax(cosines, labels).MoveToOuterDisposeScope();
    }

    public void Dispose() => Proxies.Dispose();

    private static Tensor Softmax(Tensor cosines, Tensor labels) => nn.functional.cross_entropy(cosines * 4, labels, reduction: nn.Reduction.None);
}

/// <summary>A loss that overrides the change, badly.</summary>
internal sealed class FakeChangeLoss(LossShape shape, Fault fault) : FakeLoss(shape), IProxyLoss
{
    public ILossAtCosines At(Tensor cosines, Tensor labels) => new Subtraction(this, cosines, labels, fault == Fault.WrongChange ? 1.01 : 1);

    private sealed class Subtraction(FakeLoss loss, Tensor cosines, Tensor labels, double factor) : ILossAtCosines
    {
        public Tensor Change(Tensor cosineChange)
        {
            using var scope = NewDisposeScope();
            return ((loss.FromCosines(cosines + cosineChange, labels) - loss.FromCosines(cosines, labels)) * factor).MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
        }
    }
}

/// <summary>A loss that states its derivatives, wrongly.</summary>
internal sealed class FakeCurvatureLoss(LossShape shape, Fault fault) : FakeLoss(shape), IProxyLoss
{
    public ICosineCurvature? CurvatureAt(Tensor cosines, Tensor labels) => new Curvature(new(fault == Fault.WrongGradient ? 4.04 : 4, cosines, labels), fault);

    private sealed class Curvature(SoftmaxCurvature right, Fault fault) : ICosineCurvature
    {
        public Tensor Gradient => right.Gradient;

        public Tensor Multiply(SampleRange samples, Tensor directions) => Times(right.Multiply(samples, directions), fault == Fault.WrongHessian ? 1.01 : 1);

        public Tensor MultiplyConvex(SampleRange samples, Tensor directions) =>
            Times(right.Multiply(samples, directions), fault == Fault.NegativeCurvature ? -1 : 1);

        public void Dispose() => right.Dispose();

        private static Tensor Times(Tensor product, double factor) => product.mul_(factor);
    }
}
