using Dml.Plugins;
using Dml.Testing;
using Dml.Tests.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Backbones;

[Collection(AloneCollection.Name)]
public sealed class VitTests
{
    /// <summary>Two blocks of 24 features on patches of 4 x 4, positions for images of 16 x 16.</summary>
    private static readonly VitOptions Tiny = new() { Patch = 4, ImageSize = 16, Width = 24, Depth = 2, Heads = 3 };

    public static TheoryData<string> Forms => [.. FormsByName.Keys];

    private static Dictionary<string, VitOptions> FormsByName { get; } = new()
    {
        ["dinov2"] = Tiny,
        ["dinov2, registers, mean"] = Tiny with { Registers = 2, Pooling = VitPooling.Mean },
        ["dinov2, gate"] = Tiny with { Activation = VitActivation.SwiGlu, Hidden = 40 },
        ["dinov2, last block"] = Tiny with { TrainableBlocks = 1 },
        ["clip"] = Tiny with { Family = VitFamily.Clip, ProjectionSize = 10 },
        ["clip, not projected, mean"] = Tiny with { Family = VitFamily.Clip, Projection = false, Pooling = VitPooling.Mean },
        ["timm"] = Tiny with { Family = VitFamily.Timm },
        ["timm, DINOv2's"] = Tiny with { Family = VitFamily.Timm, Registers = 4, LayerScale = true },
        ["timm, CLIP's"] = Tiny with { Family = VitFamily.Timm, PreNorm = true, Activation = VitActivation.QuickGelu },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void It_keeps_the_contract(string form) => BackboneConformance.Check(new VitBackbone(FormsByName[form]), 24);

    [Theory]
    [InlineData("dinov2, gate", 16, 16, false)]
    [InlineData("timm", 16, 16, false)]
    [InlineData("timm", 28, 9, true)]
    [InlineData("timm, DINOv2's", 24, 8, true)]
    [InlineData("timm, DINOv2's", 8, 13, false)]
    public void Features_equal_those_of_plain_loops(string form, int height, int width, bool mean)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var options = FormsByName[form] with { Pooling = mean ? VitPooling.Mean : VitPooling.Class };
        using var module = new VitBackbone(options).CreateModule();
        Randomize(module);
        module.to(float64);
        var image = randn(3, height, width, dtype: float64);
        var plain = new PlainTransformer(module.state_dict().ToDictionary(e => e.Key, e => e.Value.data<double>().ToArray()), 3, 4, 4, 1e-6);
        var expected = plain.Features(image.data<double>().ToArray(), height, width, mean);
        var found = module.call(image.unsqueeze(0)).data<double>().ToArray();
        Assert.Equal(24, found.Length);

        // Positions of another size are made in float32, as published.
        var bound = (height, width) == (16, 16) ? 1e-9 : 1e-6;
        var difference = expected.Zip(found, (e, f) => Math.Abs(e - f)).Max();
        Assert.True(difference < bound, $"difference {difference}");
    }

    /// <summary>With the same weights under its own names, the form of CLIP is that of timm with a norm before the blocks.</summary>
    [Fact]
    public void Clip_and_its_form_in_timm_agree()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var clip = new VitBackbone(FormsByName["clip, not projected, mean"]).CreateModule();
        using var timm = new VitBackbone(FormsByName["timm, CLIP's"] with { Pooling = VitPooling.Mean }).CreateModule();
        Randomize(clip);
        var state = clip.state_dict();
        Assert.Equal(state.Count, timm.state_dict().Count);
        foreach (var (name, tensor) in timm.state_dict()) tensor.copy_(state[InClip(name)].view(tensor.shape));
        var images = randn(2, 3, 20, 12);
        Assert.True(allclose(clip.call(images), timm.call(images), rtol: 1e-5, atol: 1e-6));
    }

    /// <summary>The numbers of parameters that the model cards and papers state, from two small depths; the giants have 40 blocks.</summary>
    [Theory]
    [InlineData(VitFamily.Dinov2, VitSize.Small, 14, 12, 22_056_576)]
    [InlineData(VitFamily.Dinov2, VitSize.Base, 14, 12, 86_580_480)]
    [InlineData(VitFamily.Dinov2, VitSize.Large, 14, 24, 304_368_640)]
    [InlineData(VitFamily.Dinov2, VitSize.Giant, 14, 40, 1_136_480_768)]
    [InlineData(VitFamily.Clip, VitSize.Base, 32, 12, 87_849_216)]
    [InlineData(VitFamily.Clip, VitSize.Large, 14, 24, 303_966_208)]
    [InlineData(VitFamily.Timm, VitSize.Base, 16, 12, 85_798_656)]
    public void Sizes_have_the_published_number_of_parameters(VitFamily family, VitSize size, int patch, int depth, long published)
    {
        var (one, two) = (Count(1), Count(2));
        Assert.Equal(published, one + ((depth - 1) * (two - one)));

        long Count(int blocks)
        {
            using var module = new VitBackbone(new() { Family = family, Size = size, Patch = patch, Depth = blocks }).CreateModule();
            return module.parameters().Sum(p => p.numel());
        }
    }

    [Theory]
    [InlineData(VitFamily.Dinov2, VitSize.Small, 384)]
    [InlineData(VitFamily.Dinov2, VitSize.Giant, 1536)]
    [InlineData(VitFamily.Clip, VitSize.Base, 512)]
    [InlineData(VitFamily.Clip, VitSize.Large, 768)]
    [InlineData(VitFamily.Clip, VitSize.Giant, 1024)]
    [InlineData(VitFamily.Timm, VitSize.Large, 1024)]
    public void Features_are_as_many_as_published(VitFamily family, VitSize size, int features) =>
        Assert.Equal(features, new VitBackbone(new() { Family = family, Size = size }).FeatureSize);

    [Theory]
    [InlineData(VitFamily.Dinov2, null, 0.485f, 0.229f)]
    [InlineData(VitFamily.Clip, null, 0.48145466f, 0.26862954f)]
    [InlineData(VitFamily.Timm, null, 0.5f, 0.5f)]
    [InlineData(VitFamily.Timm, VitInput.ImageNet, 0.485f, 0.229f)]
    [InlineData(VitFamily.Dinov2, VitInput.Clip, 0.48145466f, 0.26862954f)]
    public void Pixels_are_normalised_as_the_weights_expect(VitFamily family, VitInput? input, float mean, float deviation)
    {
        var normalization = new VitBackbone(Tiny with { Family = family, Input = input }).Normalization;
        Assert.Equal((mean, deviation), (normalization.Mean[0], normalization.Std[0]));
    }

    [Theory]
    [InlineData(null, 0, 0)]
    [InlineData(0, 2, 2)]
    [InlineData(1, 1, 0)]
    [InlineData(2, 0, 0)]
    public void A_step_moves_the_trained_blocks_and_nothing_else(int? trainable, int blocksThatStand, int normsThatStand)
    {
        using var training = new BackboneTraining(new VitBackbone(Tiny with { TrainableBlocks = trainable }), side: 16);
        var before = training.State();
        training.Run();
        var after = training.State();
        var stand = before.Keys.Where(name => before[name].AsSpan().SequenceEqual(after[name])).ToList();
        Assert.Equal(before.Keys.Where(Stands).Order(StringComparer.Ordinal), stand.Order(StringComparer.Ordinal));

        bool Stands(string name)
        {
            if (name == "mask_token") return true;
            if (name.StartsWith("norm.", StringComparison.Ordinal)) return normsThatStand > 0;
            return name.StartsWith("blocks.", StringComparison.Ordinal) ? name[7] - '0' < blocksThatStand : trainable is not null;
        }
    }

    [Fact]
    public void Training_leaves_no_tensor_behind() => BackboneTraining.CheckLiveTensors(new VitBackbone(Tiny with { Registers = 2 }));

    [Fact]
    public void A_checkpoint_gives_the_same_features_again() => BackboneTraining.CheckCheckpoint(new VitBackbone(Tiny));

    [Fact]
    public void Gradients_equal_those_in_double_precision() => BackboneOracle.CompareGradients(new VitBackbone(FormsByName["timm, DINOv2's"]), 24);

    public static TheoryData<string, string> Mistakes => new()
    {
        { "heads", "backbone.heads: expected a divisor of the width 24, found 5; choose another number of heads." },
        { "trainable", "backbone.trainableBlocks: expected at most the 2 blocks that there are, found 3; leave it out to train all of them." },
        { "registers", "backbone.registers: expected 0 for the family clip, found 4; choose dinov2 or timm for them." },
        { "gate", "backbone.activation: expected gelu or quickGelu for the family clip, found swiGlu; choose one of these." },
        { "scale", "backbone.layerScale: expected false but for the family timm, found true; leave it out." },
        { "norm", "backbone.preNorm: expected false but for the family timm, found true; leave it out." },
        { "image", "backbone.imageSize: expected a patch of 4 pixels or more, found 3; give the side of the images that the position embedding was made for." },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Options_that_do_not_go_together_are_refused(string mistake, string sentence)
    {
        var options = mistake switch
        {
            "heads" => Tiny with { Heads = 5 },
            "trainable" => Tiny with { TrainableBlocks = 3 },
            "registers" => Tiny with { Family = VitFamily.Clip, Registers = 4 },
            "gate" => Tiny with { Family = VitFamily.Clip, Activation = VitActivation.SwiGlu },
            "scale" => Tiny with { LayerScale = true },
            "norm" => Tiny with { PreNorm = true },
            _ => Tiny with { ImageSize = 3 },
        };
        Assert.Equal(sentence, Assert.Throws<DmlException>(() => new VitBackbone(options)).Message);
    }

    [Fact]
    public void Images_of_less_than_a_patch_are_refused()
    {
        using var scope = NewDisposeScope();
        using var module = new VitBackbone(Tiny).CreateModule();
        Assert.Equal(
            "Expected images of shape (B, 3, H, W) with H and W at least 4 for the vit backbone, found (1, 3, 8, 3); raise images.size to 4 or more.",
            Assert.Throws<DmlException>(() => module.call(zeros(1, 3, 8, 3))).Message);
    }

    [Theory]
    [InlineData(VitFamily.Dinov2, "blocks.1.11.attn.qkv.weight", "blocks.11.attn.qkv.weight")]
    [InlineData(VitFamily.Dinov2, "blocks.11.attn.qkv.weight", "blocks.11.attn.qkv.weight")]
    [InlineData(VitFamily.Timm, "head.weight", null)]
    [InlineData(VitFamily.Clip, "proj", "proj")]
    public void Names_of_weights_files_are_mapped(VitFamily family, string name, string? expected) =>
        Assert.Equal(expected, new VitBackbone(Tiny with { Family = family }).MapWeightName(name));

    private static string InClip(string timm) => timm
        .Replace("cls_token", "class_embedding", StringComparison.Ordinal).Replace("pos_embed", "positional_embedding", StringComparison.Ordinal)
        .Replace("patch_embed.proj", "conv1", StringComparison.Ordinal).Replace("norm_pre", "ln_pre", StringComparison.Ordinal)
        .Replace("blocks.", "transformer.resblocks.", StringComparison.Ordinal).Replace(".norm", ".ln_", StringComparison.Ordinal)
        .Replace("qkv.", "in_proj_", StringComparison.Ordinal).Replace("attn.proj", "attn.out_proj", StringComparison.Ordinal)
        .Replace("fc1", "c_fc", StringComparison.Ordinal).Replace("fc2", "c_proj", StringComparison.Ordinal)
        .Replace("norm.", "ln_post.", StringComparison.Ordinal);

    private static void Randomize(nn.Module module)
    {
        random.manual_seed(7);
        foreach (var (name, tensor) in module.state_dict())
        {
            var isFactor = tensor.dim() == 1 && (name.EndsWith("norm.weight", StringComparison.Ordinal) || name.EndsWith("gamma", StringComparison.Ordinal));
            tensor.copy_(isFactor ? rand(tensor.shape) + 0.5 : randn(tensor.shape) * 0.3);
        }
    }
}
