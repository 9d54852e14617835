using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Testing;

/// <summary>Softmax cross-entropy over ten times the cosines with one given proxy a class.</summary>
internal sealed class TenfoldSoftmaxLoss(Tensor proxies) : SoftmaxProxyLoss(proxies)
{
    private const double Scale = 10;

    protected override double? LogitSlope => Scale;

    protected override Tensor Logits(Tensor cosines, Tensor labels) => cosines * Scale;
}
