using Dml.Numerics;
using Dml.Plugins;
using Dml.Testing;
using Dml.Tests.Training;
using static TorchSharp.torch;

namespace Dml.Tests.Backbones;

[Collection(AloneCollection.Name)]
public sealed class BnInceptionTests
{
    private static readonly BnInceptionBackbone Default = new(new());

    [Fact]
    public void It_keeps_the_contract() => BackboneConformance.Check(Default, 32);

    [Fact]
    public void Names_and_shapes_are_those_of_the_published_port()
    {
        using var module = Default.CreateModule();
        var published = PublishedNames.Of("bn-inception");
        Assert.Equal(published.Order(StringComparer.Ordinal), PublishedNames.Of(module).Order(StringComparer.Ordinal));

        // 69 convolutions of weight and bias, each with a batch norm of five tensors.
        Assert.Equal(69 * 7, published.Count);
        Assert.Equal(69 * 4, module.parameters().Count());
    }

    /// <summary>At 75 x 61 the maps before the halving blocks have odd sides, where the published port itself fails.</summary>
    [Theory]
    [InlineData(FeaturePooling.Max, true, 64, 96)]
    [InlineData(FeaturePooling.Average, false, 75, 61)]
    public void Features_equal_those_of_a_plain_network_in_double_precision(FeaturePooling pooling, bool layerNorm, int height, int width) =>
        BackboneOracle.Compare(
            new BnInceptionBackbone(new() { Pooling = pooling, LayerNorm = layerNorm }),
            (plain, image) => plain.BnInception(image), pooling == FeaturePooling.Max, layerNorm, height, width);

    [Fact]
    public void Gradients_equal_those_in_double_precision() =>
        BackboneOracle.CompareGradients(new BnInceptionBackbone(new() { Pooling = FeaturePooling.Average }), 64);

    [Fact]
    public void A_step_moves_every_tensor_but_frozen_batch_norm() =>
        BackboneTraining.CheckWhatMoves(
            Default, new BnInceptionBackbone(new() { FrozenBatchNorm = true }), name => name.Contains("_bn.", StringComparison.Ordinal));

    [Fact]
    public void Training_leaves_no_tensor_behind() => BackboneTraining.CheckLiveTensors(Default);

    [Fact]
    public void A_checkpoint_gives_the_same_features_again() => BackboneTraining.CheckCheckpoint(Default);

    /// <summary>The first layer's running mean after one batch is the momentum's share of the batch's mean, from 0.</summary>
    [Theory]
    [InlineData(0.9)]
    [InlineData(0.25)]
    public void The_momentum_of_batch_norm_is_the_options(double momentum)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var module = new BnInceptionBackbone(new() { BatchNormMomentum = momentum }).CreateModule();
        var state = module.state_dict();
        var images = randn(2, 3, 32, 32);
        module.train();
        module.call(images);
        var first = nn.functional.conv2d(images, state["conv1_7x7_s2.weight"], state["conv1_7x7_s2.bias"], strides: [2, 2], padding: [3, 3]);
        var difference = state["conv1_7x7_s2_bn.running_mean"] - (first.mean([0, 2, 3]) * momentum);
        Assert.True(difference.abs().max().item<float>() < 1e-5);
    }

    [Fact]
    public void The_input_is_what_the_published_runs_fed_or_what_the_ported_weights_expect()
    {
        Assert.Equal(InputNormalization.ImageNet, Default.Normalization);
        var ported = new BnInceptionBackbone(new() { Input = BnInceptionInput.Bgr255 }).Normalization;
        Assert.Equal(ChannelOrder.Bgr, ported.Order);
        double[] pixel = [255, 10, 0];
        double[] means = [128, 117, 104];
        for (var c = 0; c < 3; c++) Assert.Equal(pixel[c] - means[c], ((pixel[c] / 255) - ported.Mean[c]) / ported.Std[c], 1e-4);
    }

    [Theory]
    [InlineData("inception_5b_pool_proj_bn.running_mean", "inception_5b_pool_proj_bn.running_mean")]
    [InlineData("last_linear.weight", null)]
    [InlineData("last_linear.bias", null)]
    [InlineData("fc.weight", null)]
    [InlineData("fc.bias", null)]
    [InlineData("fc.0.weight", "fc.0.weight")]
    public void Names_of_weights_files_are_mapped(string name, string? expected) => Assert.Equal(expected, Default.MapWeightName(name));

    [Fact]
    public void The_options_name_the_weights_to_start_from()
    {
        Assert.Null(Default.Pretrained);
        var pretrained = new BnInceptionBackbone(new() { Pretrained = "bn.pth" }).Pretrained!;
        Assert.Equal(("bn.pth", false), (pretrained.File, pretrained.AllowPartial));
        Assert.Contains("bn_inception-52deb4733.pth", pretrained.Origin, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_that_are_too_small_are_refused()
    {
        using var scope = NewDisposeScope();
        using var module = Default.CreateModule();
        var error = Assert.Throws<DmlException>(() => module.call(zeros(1, 3, 31, 64)));
        Assert.Equal(
            "Expected images of shape (B, 3, H, W) with H and W at least 32 for the bn-inception backbone, found (1, 3, 31, 64); "
                + "raise images.size to 32 or more.",
            error.Message);
    }
}
