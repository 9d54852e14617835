using Dml.Numerics;
using Dml.Plugins;
using Dml.Testing;
using Dml.Tests.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Backbones;

/// <summary>The ResNets of all depths against those of the package TorchVision, whose code is not ours.</summary>
[Collection(AloneCollection.Name)]
public sealed class ResNetTests
{
    /// <summary>Depth, features and the parameters that torchvision's documentation states, the classifier's 1,000 (D + 1) among them.</summary>
    public static TheoryData<int, int, long> Depths => new()
    {
        { 18, 512, 11_689_512 }, { 34, 512, 21_797_672 }, { 50, 2048, 25_557_032 }, { 101, 2048, 44_549_160 }, { 152, 2048, 60_192_808 },
    };

    [Theory]
    [InlineData(18)]
    [InlineData(34)]
    [InlineData(101)]
    public void It_keeps_the_contract(int depth) => BackboneConformance.Check(Backbone(depth), 32);

    [Theory]
    [MemberData(nameof(Depths))]
    public void Names_shapes_and_features_are_those_of_TorchVision(int depth, int features, long parameters)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        random.manual_seed(depth);
        using var peer = Peer(depth, features);
        using var module = Backbone(depth).CreateModule();
        Assert.Equal(
            PublishedNames.Of(peer).Where(n => !n.StartsWith("fc.", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            PublishedNames.Of(module).Order(StringComparer.Ordinal));
        Assert.Equal(parameters - (1000L * (features + 1)), module.parameters().Sum(p => p.numel()));
        Assert.Equal(features, Backbone(depth).FeatureSize);
        var state = peer.state_dict();
        foreach (var (name, tensor) in state)
        {
            // Statistics that are not those of a fresh network.
            if (name.EndsWith("running_mean", StringComparison.Ordinal)) tensor.copy_(randn(tensor.shape) * 0.2);
            else if (name.EndsWith("running_var", StringComparison.Ordinal)) tensor.copy_(rand(tensor.shape) + 0.5);
        }

        foreach (var (name, tensor) in module.state_dict()) tensor.copy_(state[name]);
        peer.eval();
        module.eval();
        var images = randn(2, 3, 64, 48);
        var (expected, found) = (peer.call(images), module.call(images));
        var difference = ((found - expected).norm() / expected.norm()).item<float>();
        Assert.True(difference < 1e-5, $"relative difference {difference}");
    }

    [Theory]
    [InlineData(18)]
    [InlineData(101)]
    public void Gradients_equal_those_in_double_precision(int depth) => BackboneOracle.CompareGradients(Backbone(depth), 64);

    [Fact]
    public void A_step_moves_every_tensor_but_frozen_batch_norm() => BackboneTraining.CheckWhatMoves(
        Backbone(18), new ResNetBackbone(new() { FrozenBatchNorm = true }),
        name => name.StartsWith("bn1.", StringComparison.Ordinal) || name.Contains(".bn", StringComparison.Ordinal)
            || name.Contains(".downsample.1.", StringComparison.Ordinal));

    [Fact]
    public void Training_leaves_no_tensor_behind() => BackboneTraining.CheckLiveTensors(Backbone(18));

    [Fact]
    public void A_checkpoint_gives_the_same_features_again() => BackboneTraining.CheckCheckpoint(Backbone(18));

    [Fact]
    public void Of_50_layers_it_starts_with_the_bytes_of_resnet50()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        using var one = Backbone(50).CreateModule();
        random.manual_seed(3);
        using var other = new ResNet50Backbone(new()).CreateModule();
        Assert.Equal(PublishedNames.Of(one), PublishedNames.Of(other));
        Assert.All(one.state_dict().Values.Zip(other.state_dict().Values), pair => Assert.True(pair.First.equal(pair.Second).all().item<bool>()));
    }

    [Theory]
    [InlineData(18, "resnet18-f37072fd.pth")]
    [InlineData(34, "resnet34-b627a593.pth")]
    [InlineData(50, "resnet50-0676ba61.pth")]
    [InlineData(101, "resnet101-63fe2227.pth")]
    [InlineData(152, "resnet152-394f9c45.pth")]
    public void The_options_name_the_weights_to_start_from(int depth, string file)
    {
        Assert.Null(Backbone(depth).Pretrained);
        Assert.Contains(file, new ResNetBackbone(new() { Depth = depth, Pretrained = "w.pth" }).Pretrained!.Origin, StringComparison.Ordinal);
        Assert.Null(Backbone(depth).MapWeightName("fc.weight"));
        Assert.Equal("layer1.0.bn1.bias", Backbone(depth).MapWeightName("4.0.bn1.bias"));
    }

    [Fact]
    public void Another_depth_is_refused() => Assert.Equal(
        "backbone.depth: expected 18, 34, 50, 101 or 152, found 20; choose one of these.", Assert.Throws<DmlException>(() => Backbone(20)).Message);

    private static ResNetBackbone Backbone(int depth) => new(new() { Depth = depth, Pooling = FeaturePooling.Average, LayerNorm = false });

    /// <summary>TorchVision's with the identity for a classifier, so that it gives the pooled features.</summary>
    private static nn.Module<Tensor, Tensor> Peer(int depth, int features)
    {
        nn.Module<Tensor, Tensor> peer = depth switch
        {
            18 => torchvision.models.resnet18(features),
            34 => torchvision.models.resnet34(features),
            50 => torchvision.models.resnet50(features),
            101 => torchvision.models.resnet101(features),
            _ => torchvision.models.resnet152(features),
        };
        var state = peer.state_dict();
        state["fc.weight"].copy_(eye(features));
        state["fc.bias"].zero_();
        return peer;
    }
}
