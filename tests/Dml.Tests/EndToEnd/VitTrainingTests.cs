using Dml.Plugins;
using Dml.Storage;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.EndToEnd;

/// <summary>Trainings of a tiny vision transformer from a weights file: what is frozen keeps the file's bytes.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class VitTrainingTests
{
    private const int Depth = 3;

    /// <summary>The tiny form: three blocks of 16 features on patches of 8 x 8.</summary>
    private static readonly VitOptions Tiny = new() { Patch = 8, ImageSize = 24, Width = 16, Depth = Depth, Heads = 2 };

    [Theory]
    [InlineData(null, "mode=full", Depth)]
    [InlineData(2, "mode=full", 2)]
    [InlineData(1, "mode=full", 1)]
    [InlineData(0, "mode=full", 0)]
    [InlineData(1, "mode=frozen", 0)]
    [InlineData(2, "precision=bfloat16", 2)]
    public void The_last_blocks_move_and_the_others_keep_the_bytes_of_the_file(int? trainable, string training, int moving)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var given = WriteWeights(folder.File("vit.safetensors"));
        var options = $$"""
            { "name": "vit", "patch": 8, "imageSize": 24, "width": 16, "depth": {{Depth}}, "heads": 2, "pretrained": "vit.safetensors",
              "trainableBlocks": {{trainable?.ToString() ?? "null"}} }
            """;
        var run = TinyTraining.Train(folder, "run", "--set", "backbone=" + options, "--set", $"training.{training}");
        var trained = SafeTensors.Open(Path.Combine(run, "model.safetensors"));
        foreach (var (name, value) in given)
        {
            Assert.True(trained.Load("backbone." + name).equal(value).all().item<bool>() == Stands(name), name);
        }

        bool Stands(string name)
        {
            if (name == "mask_token" || moving == 0) return true;
            if (name.StartsWith("blocks.", StringComparison.Ordinal)) return name[7] - '0' < Depth - moving;
            return moving < Depth && !name.StartsWith("norm.", StringComparison.Ordinal);
        }
    }

    private static List<(string Name, Tensor Value)> WriteWeights(string file)
    {
        random.manual_seed(9);
        using var module = new VitBackbone(Tiny).CreateModule();
        List<(string, Tensor)> weights = [.. module.state_dict().Select(w => (w.Key, w.Value.detach().clone()))];
        SafeTensors.Write(file, [.. weights.Select(w => ("teacher.backbone." + w.Item1, w.Item2))]);
        return weights;
    }
}
