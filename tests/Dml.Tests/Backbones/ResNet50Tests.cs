using Dml.Numerics;
using Dml.Plugins;
using Dml.Testing;
using Dml.Tests.Training;
using static TorchSharp.torch;

namespace Dml.Tests.Backbones;

[Collection(AloneCollection.Name)]
public sealed class ResNet50Tests
{
    private static readonly ResNet50Backbone Default = new(new());

    [Fact]
    public void It_keeps_the_contract() => BackboneConformance.Check(Default, 32);

    [Fact]
    public void Names_and_shapes_are_those_of_torchvision()
    {
        using var module = Default.CreateModule();
        var published = PublishedNames.Of("resnet50");
        Assert.Equal(published.Order(StringComparer.Ordinal), PublishedNames.Of(module).Order(StringComparer.Ordinal));

        // 53 convolutions and 53 batch norms of weight, bias, mean, variance and a counter; torchvision's 161 parameters are these 159 and the classifier's
        // two.
        Assert.Equal(318, published.Count);
        Assert.Equal(265, published.Count(n => !n.Contains("num_batches_tracked", StringComparison.Ordinal)));
        Assert.Equal(159, module.parameters().Count());
        Assert.Equal(25_557_032 - 2_049_000, module.parameters().Sum(p => p.numel()));
    }

    [Theory]
    [InlineData(FeaturePooling.Max, true, 64, 48)]
    [InlineData(FeaturePooling.Average, false, 33, 47)]
    public void Features_equal_those_of_a_plain_network_in_double_precision(FeaturePooling pooling, bool layerNorm, int height, int width) =>
        BackboneOracle.Compare(
            new ResNet50Backbone(new() { Pooling = pooling, LayerNorm = layerNorm }),
            (plain, image) => plain.ResNet50(image), pooling == FeaturePooling.Max, layerNorm, height, width);

    [Fact]
    public void Gradients_equal_those_in_double_precision() =>
        BackboneOracle.CompareGradients(new ResNet50Backbone(new() { Pooling = FeaturePooling.Average }), 64);

    [Fact]
    public void A_step_moves_every_tensor_but_frozen_batch_norm() =>
        BackboneTraining.CheckWhatMoves(Default, new ResNet50Backbone(new() { FrozenBatchNorm = true }), IsBatchNorm);

    [Fact]
    public void Training_leaves_no_tensor_behind() => BackboneTraining.CheckLiveTensors(Default);

    [Fact]
    public void A_checkpoint_gives_the_same_features_again() => BackboneTraining.CheckCheckpoint(Default);

    [Fact]
    public void Random_weights_are_drawn_by_the_number_of_outputs()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(0);
        using var module = Default.CreateModule();
        foreach (var (name, weight) in module.named_parameters().Where(p => p.parameter.dim() == 4))
        {
            var expected = Math.Sqrt(2.0 / (weight.shape[0] * weight.shape[2] * weight.shape[3]));
            Assert.True(Math.Abs((weight.std().item<float>() / expected) - 1) < 0.05, $"{name}: {weight.std().item<float>()}, expected {expected}");
        }

        Assert.All(
            module.named_parameters().Where(p => p.parameter.dim() == 1),
            p => Assert.True(p.parameter.eq(p.name.EndsWith(".weight", StringComparison.Ordinal) ? 1 : 0).all().item<bool>()));
    }

    [Theory]
    [InlineData("layer4.2.conv3.weight", "layer4.2.conv3.weight")]
    [InlineData("fc.weight", null)]
    [InlineData("fc.bias", null)]
    [InlineData("0.weight", "conv1.weight")]
    [InlineData("1.running_var", "bn1.running_var")]
    [InlineData("4.0.downsample.1.bias", "layer1.0.downsample.1.bias")]
    [InlineData("7.2.bn3.num_batches_tracked", "layer4.2.bn3.num_batches_tracked")]
    [InlineData("8.weight", "8.weight")]
    [InlineData("9.weight", null)]
    [InlineData("9.bias", null)]
    [InlineData("9.0.weight", "9.0.weight")]
    [InlineData("head", "head")]
    public void Names_of_weights_files_are_mapped(string name, string? expected) => Assert.Equal(expected, Default.MapWeightName(name));

    [Fact]
    public void Children_that_were_wrapped_as_a_list_map_onto_every_tensor()
    {
        string[] children = ["conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4"];
        var published = PublishedNames.Of("resnet50").ConvertAll(n => n[..n.IndexOf(' ', StringComparison.Ordinal)]);
        var wrapped = published.ConvertAll(
            n => Array.IndexOf(children, n[..n.IndexOf('.', StringComparison.Ordinal)]) + n[n.IndexOf('.', StringComparison.Ordinal)..]);
        Assert.Equal(published, wrapped.Select(name => Default.MapWeightName(name)!));
    }

    [Fact]
    public void The_options_name_the_weights_to_start_from()
    {
        Assert.Null(Default.Pretrained);
        var pretrained = new ResNet50Backbone(new() { Pretrained = "weights/r50.pth", AllowPartialWeights = true }).Pretrained!;
        Assert.Equal(("weights/r50.pth", true), (pretrained.File, pretrained.AllowPartial));
        Assert.All(
            ["resnet50-0676ba61.pth", "resnet50-19c8e357.pth", "resnet50-11ad3fa6.pth"],
            file => Assert.Contains(file, pretrained.Origin, StringComparison.Ordinal));
        Assert.Equal(InputNormalization.ImageNet, Default.Normalization);
    }

    [Fact]
    public void Images_that_are_too_small_are_refused()
    {
        using var scope = NewDisposeScope();
        using var module = Default.CreateModule();
        var error = Assert.Throws<DmlException>(() => module.call(zeros(1, 3, 40, 31)));
        Assert.Equal(
            "Expected images of shape (B, 3, H, W) with H and W at least 32 for the resnet50 backbone, found (1, 3, 40, 31); raise images.size to 32 or more.",
            error.Message);
    }

    private static bool IsBatchNorm(string name) =>
        name.StartsWith("bn1.", StringComparison.Ordinal) || name.Contains(".bn", StringComparison.Ordinal)
            || name.Contains(".downsample.1.", StringComparison.Ordinal);
}
