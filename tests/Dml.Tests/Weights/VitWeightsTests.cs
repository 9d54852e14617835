using Dml.Engine.Models;
using Dml.Plugins;
using Dml.Storage;
using Dml.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Weights;

/// <summary>Checkpoints of vision transformers as others save them, by the names of the published code.</summary>
public sealed class VitWeightsTests : IDisposable
{
    private static readonly VitOptions Tiny = new() { Patch = 4, ImageSize = 8, Width = 8, Depth = 3, Heads = 2, Pretrained = "vit.pth" };

    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    [Theory]
    [InlineData("", true)]
    [InlineData("backbone.", true)]
    [InlineData("teacher.backbone.", true)]
    [InlineData("module.", true)]
    [InlineData("module.backbone.", false)]
    [InlineData("teacher.backbone.", false)]
    public void A_checkpoint_is_found_behind_every_prefix(string prefix, bool isArchive)
    {
        Save([.. Weights(Tiny).Select(w => (prefix + w.Name, w.Value))], isArchive);
        Assert.Empty(LoadAndCompare(Tiny, Weights(Tiny)));
    }

    [Fact]
    public void A_teacher_of_the_pretraining_is_taken_without_its_head_and_from_its_chunks()
    {
        Save(
        [
            .. Weights(Tiny).Select(w => ("teacher.backbone." + InChunks(w.Name), w.Value)),
            ("teacher.dino_head.mlp.0.weight", ones(4, 8)), ("teacher.dino_head.last_layer.weight_v", ones(4, 4)), ("iteration", ones(1)),
        ]);
        Assert.Equal(
            [$"{File} holds more than the backbone under \"teacher.backbone.\", which was left out: teacher.dino_head.mlp.0.weight, "
                + "teacher.dino_head.last_layer.weight_v, iteration."],
            LoadAndCompare(Tiny, Weights(Tiny)));
    }

    [Fact]
    public void Student_and_teacher_are_refused_until_the_prefix_chooses()
    {
        var (teacher, student) = (Weights(Tiny), Weights(Tiny).Select(w => (w.Name, Value: w.Value + 1)).ToArray());
        Save([.. student.Select(w => ("student.backbone." + w.Name, w.Value)), .. teacher.Select(w => ("teacher.backbone." + w.Name, w.Value))]);
        Assert.Equal(
            $"{File}: expected one backbone, found 2 complete ones, under \"student.backbone.\" (49 tensors), \"teacher.backbone.\" (49 tensors); "
                + "choose with backbone.pretrainedPrefix=student.backbone, or another of these.",
            Refusal(Tiny));
        Assert.Contains("holds another model, which was left out: student.backbone.", Assert.Single(
            LoadAndCompare(Tiny with { PretrainedPrefix = "teacher.backbone" }, teacher)), StringComparison.Ordinal);
        LoadAndCompare(Tiny with { PretrainedPrefix = "student.backbone." }, student);
    }

    [Theory]
    [InlineData("")]
    [InlineData("module.")]
    public void What_is_missing_and_what_is_unknown_is_named(string prefix)
    {
        string[] lost = ["blocks.1.ls1.gamma", "blocks.2.attn.qkv.bias"];
        Save([.. Weights(Tiny).Where(w => !lost.Contains(w.Name)).Select(w => (prefix + w.Name, w.Value)), (prefix + "register_tokens", ones(1, 4, 8))]);
        Assert.Equal(
            $"{File}: expected exactly the tensors of the backbone, found 1 unknown ({prefix}register_tokens) and 2 missing (blocks.1.ls1.gamma, "
                + "blocks.2.attn.qkv.bias); get https://dl.fbaipublicfiles.com/dinov2/dinov2_vits14/dinov2_vits14_pretrain.pth, "
                + "or allow a partial fit in the backbone's options.",
            Refusal(Tiny));
    }

    [Fact]
    public void Positions_of_another_size_are_refused_with_both_shapes()
    {
        Save(Weights(Tiny with { ImageSize = 16 }));
        Assert.Equal(
            $"{File}: expected pos_embed to be Float32 (1, 5, 8), found Float32 (1, 17, 8); choose the backbone and the options that the file was made with.",
            Refusal(Tiny));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Clips_image_tower_is_taken_from_the_whole_model(bool isProjected)
    {
        var clip = Tiny with { Family = VitFamily.Clip, ProjectionSize = 6 };
        var image = Weights(clip);
        string[] text = ["positional_embedding", "token_embedding.weight", "ln_final.weight", "ln_final.bias", "text_projection", "logit_scale"];
        Save(
        [
            .. image.Select(w => ("visual." + w.Name, w.Value)), .. text.Select(name => (name, ones(8))),
            .. image.Where(w => w.Name.StartsWith("transformer.", StringComparison.Ordinal)).Select(w => (w.Name, w.Value + 1)),
        ]);
        var warnings = LoadAndCompare(clip with { Projection = isProjected }, [.. image.Where(w => isProjected || w.Name != "proj")]);
        Assert.StartsWith(
            $"{File} holds another model, which was left out: positional_embedding, token_embedding.weight", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Timms_classifier_is_left_out()
    {
        var timm = Tiny with { Family = VitFamily.Timm };
        Save([.. Weights(timm), ("head.weight", ones(3, 8)), ("head.bias", ones(3))], isArchive: false);
        Assert.Empty(LoadAndCompare(timm, Weights(timm)));
    }

    [Theory]
    [InlineData(VitFamily.Dinov2, 0, "dinov2_vitb14/dinov2_vitb14_pretrain.pth")]
    [InlineData(VitFamily.Dinov2, 4, "dinov2_vitb14/dinov2_vitb14_reg4_pretrain.pth")]
    [InlineData(VitFamily.Clip, 0, "ViT-B/4")]
    [InlineData(VitFamily.Timm, 0, "vit_base_patch4")]
    public void A_missing_file_is_told_with_where_to_get_it(VitFamily family, int registers, string where)
    {
        var message = Refusal(Tiny with { Family = family, Size = VitSize.Base, Registers = registers });
        Assert.StartsWith($"Expected pretrained weights of the backbone at {File}, found no file; get ", message, StringComparison.Ordinal);
        Assert.Contains(where, message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    private string File => _folder.File("vit.pth");

    /// <summary>blocks.2.attn becomes blocks.1.2.attn: chunks of two blocks, each with the block's number among all.</summary>
    private static string InChunks(string name) =>
        name.StartsWith("blocks.", StringComparison.Ordinal) ? $"blocks.{(name[7] - '0') / 2}.{name[7..]}" : name;

    private static (string Name, Tensor Value)[] Weights(VitOptions options)
    {
        using var module = new VitBackbone(options).CreateModule();
        return [.. module.state_dict().Select((w, i) => (w.Key, arange(w.Value.numel(), dtype: float32).view(w.Value.shape) / 8 + i))];
    }

    private void Save(IReadOnlyList<(string, Tensor)> tensors, bool isArchive = true)
    {
        if (isArchive) System.IO.File.WriteAllBytes(File, TorchWriter.Archive(tensors));
        else SafeTensors.Write(File, tensors);
    }

    private IReadOnlyList<string> LoadAndCompare(VitOptions options, IReadOnlyList<(string Name, Tensor Value)> expected)
    {
        using var module = new VitBackbone(options).CreateModule();
        var warnings = PretrainedLoader.Load(new VitBackbone(options), module, _folder.Path);
        var state = module.state_dict();
        Assert.Equal(expected.Select(w => w.Name).Order(StringComparer.Ordinal), state.Keys.Order(StringComparer.Ordinal));
        Assert.All(expected, w => Assert.True(state[w.Name].equal(w.Value).all().item<bool>(), w.Name));
        return warnings;
    }

    private string Refusal(VitOptions options)
    {
        using var module = new VitBackbone(options).CreateModule();
        return Assert.Throws<DmlException>(() => PretrainedLoader.Load(new VitBackbone(options), module, _folder.Path)).Message;
    }
}
