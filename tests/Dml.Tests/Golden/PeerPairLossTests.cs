using Dml.Plugins;
using Dml.Storage;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Golden;

/// <summary>Losses of pairs against pytorch-metric-learning, in float64, on a batch in which one class has a single item.</summary>
public sealed class PeerPairLossTests
{
    private static readonly SafeTensors File = SafeTensors.Open(Fixtures.Path("golden", "peer-losses", "a.safetensors"));

    [Theory]
    [InlineData("contrastive")]
    [InlineData("triplet")]
    [InlineData("triplet-soft")]
    [InlineData("multi-similarity")]
    [InlineData("supcon")]
    [InlineData("ntxent")]
    [InlineData("lifted")]
    public void Values_and_gradients_equal_the_peers(string name)
    {
        using var scope = NewDisposeScope();
        using var loss = Make(name);
        var embeddings = File.Load("in/embeddings").requires_grad_();
        var value = loss.BatchLoss(embeddings, File.Load("in/labels"));
        value.backward();
        var expected = File.Load($"{name}/loss").item<double>();
        Assert.Equal(expected, value.item<double>(), 1e-9 * expected);
        var gradient = File.Load($"{name}/grad_embeddings");
        Assert.InRange((embeddings.grad! - gradient).abs().max().item<double>(), 0, 1e-9 * gradient.abs().max().item<double>());
    }

    /// <summary>The peer holds the factors of the circle loss constant, so its gradient is that of no loss.</summary>
    [Fact]
    public void The_circle_loss_has_the_peers_value_and_the_gradient_of_that_value()
    {
        using var scope = NewDisposeScope();
        using var loss = Make("circle");
        var embeddings = File.Load("in/embeddings");
        var expected = File.Load("circle/loss").item<double>();
        Assert.Equal(expected, loss.BatchLoss(embeddings, File.Load("in/labels")).item<double>(), 1e-9 * expected);
    }

    private static IMetricLoss Make(string name) => name switch
    {
        "contrastive" => new ContrastiveLoss(new() { Squared = false }),
        "triplet" => new TripletLoss(new() { Margin = 0.05 }),
        "triplet-soft" => new TripletLoss(new() { Margin = 0.05, Soft = true }),
        "multi-similarity" => new MultiSimilarityLoss(new() { Epsilon = null }),
        "supcon" => new SupConLoss(new()),
        "ntxent" => new NtXentLoss(new()),
        "circle" => new CircleLoss(new()),
        _ => new LiftedStructureLoss(new() { Generalized = true }),
    };
}
