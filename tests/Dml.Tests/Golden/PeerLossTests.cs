using Dml.Numerics;
using Dml.Plugins;
using Dml.Storage;
using Dml.Tests.Losses;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Golden;

/// <summary>
/// Losses with class proxies beside those of pytorch-metric-learning 2.8.1 in float64, on 40 embeddings of seven classes: the loss of the
/// batch, the losses of the samples, and the gradients in embeddings and proxies.
/// </summary>
public sealed class PeerLossTests
{
    private const double Radians = Math.PI / 180;

    private static readonly SafeTensors File = SafeTensors.Open(Fixtures.Path("golden", "peer-losses", "a.safetensors"));

    /// <summary>The peer's names; its weights are (E, C K) where the flag is set and (C, E) where it is not, as proxies are here.</summary>
    private static readonly Dictionary<string, (Func<LossShape, ProxyLoss> Make, bool Transposed)> Losses = new()
    {
        ["arcface"] = (shape => new ArcFaceLoss(new() { Scale = 64, Margin = 28.6 * Radians }, shape), true),
        ["subcenter-arcface"] = (shape => new SubCenterArcFaceLoss(new() { Scale = 64, Margin = 28.6 * Radians, Centers = 3 }, shape), true),
        ["cosface"] = (shape => new CosFaceLoss(new() { Scale = 64, Margin = 0.35 }, shape), true),
        ["norm-softmax"] = (shape => new NormSoftmaxLoss(new() { Temperature = 0.05 }, shape), true),
        ["proxy-nca"] = (shape => new ProxyNcaLoss(new() { Scale = 1, OwnInDenominator = true }, shape), false),
        ["proxy-anchor"] = (shape => new ProxyAnchorLoss(new() { Scale = 32, Margin = 0.1 }, shape), false),
        ["softtriple"] = (shape => new SoftTripleLoss(new() { Centers = 10, Scale = 20, Gamma = 0.1, Margin = 0.01, Tau = 0 }, shape), true),
    };

    public static TheoryData<string> Names => [.. Losses.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Loss_and_gradients_are_the_peer_s(string name)
    {
        using var scope = NewDisposeScope();
        var (loss, embeddings, labels) = Problem(name);
        using (loss)
        {
            var batch = loss.BatchLoss(embeddings, labels);
            batch.backward();
            AssertPeer(name, "loss", batch);
            AssertPeer(name, "grad_embeddings", embeddings.grad!);
            AssertPeer(name, "grad_weights", Losses[name].Transposed ? loss.Proxies.grad!.t() : loss.Proxies.grad!);
            if (loss.IsMeanOfSamples && File.Entries.ContainsKey($"{name}/per_sample")) AssertPeer(name, "per_sample", loss.PerSample(embeddings, labels));
        }
    }

    /// <summary>The paper leaves the own class out of the denominator: with p = exp(-l) its loss is <c>-log(p / (1 - p)) = log(exp(l) - 1)</c>.</summary>
    [Fact]
    public void Proxy_NCA_as_published_differs_from_the_peer_s_by_the_denominator_alone()
    {
        using var scope = NewDisposeScope();
        var (_, embeddings, labels) = Problem("proxy-nca");
        using var loss = new ProxyNcaLoss(new(), new(7, (int)embeddings.shape[1], float64, CPU));
        using (no_grad()) loss.Proxies.copy_(File.Load("proxy-nca/weights"));
        var peer = File.Load("proxy-nca/per_sample");
        Assert.InRange(PlainRows.RelativeError(peer.expm1().log(), loss.PerSample(embeddings, labels)), 0, 1e-9);
        Assert.True(PlainRows.RelativeError(peer, loss.PerSample(embeddings, labels)) > 0.01);
    }

    private static (ProxyLoss Loss, Tensor Embeddings, Tensor Labels) Problem(string name)
    {
        var (make, transposed) = Losses[name];
        var weights = File.Load($"{name}/weights");
        var (embeddings, labels) = (File.Load("in/embeddings"), File.Load("in/labels"));
        var loss = make(new(7, (int)embeddings.shape[1], float64, CPU));
        using (no_grad()) loss.Proxies.copy_(transposed ? weights.t() : weights);
        return (loss, embeddings.requires_grad_(), labels);
    }

    private static void AssertPeer(string name, string what, Tensor actual)
    {
        var peer = File.Load($"{name}/{what}");
        Assert.Equal(peer.shape, actual.shape);
        var error = PlainRows.RelativeError(peer, actual);
        Assert.True(error <= 1e-9, $"{name}/{what}: relative error {error:E2} is above 1e-9");
    }
}
