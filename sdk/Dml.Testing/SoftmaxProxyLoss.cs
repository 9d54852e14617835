using Dml.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Testing;

/// <summary>Softmax cross-entropy over ten times the cosines with one given proxy a class, with exact changes.</summary>
internal sealed class SoftmaxProxyLoss(Tensor proxies) : IProxyLoss
{
    private const double Scale = 10;

    public Parameter Proxies { get; } = nn.Parameter(proxies);

    public IReadOnlyList<NamedParameter> Parameters => [new("proxies", Proxies)];

    public Tensor PerSample(Tensor embeddings, Tensor labels)
    {
        using var scope = NewDisposeScope();
        return FromCosines(UnitRows.Cosines(embeddings, Proxies), labels).MoveToOuterDisposeScope();
    }

    public Tensor FromCosines(Tensor cosines, Tensor labels)
    {
        using var scope = NewDisposeScope();
        return nn.functional.cross_entropy(cosines * Scale, labels, reduction: nn.Reduction.None).MoveToOuterDisposeScope();
    }

    public ILossAtCosines At(Tensor cosines, Tensor labels) => new SoftmaxAtCosines(Scale, cosines, labels);

    public ICosineCurvature? CurvatureAt(Tensor cosines, Tensor labels) => new SoftmaxCurvature(Scale, cosines, labels);

    public void Dispose() => Proxies.Dispose();
}
