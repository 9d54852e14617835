using Dml.Numerics;
using Dml.Plugins;
using Dml.Storage;
using Dml.Tests.Support;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace Dml.Tests.Onnx;

/// <summary>Modules written as ONNX give in ONNX Runtime what they give in torch.</summary>
public sealed class OnnxExportTests
{
    [Theory]
    [InlineData(40, 40)]
    [InlineData(33, 47)]
    public void ConvNet_and_ResNets_give_the_same_features(int height, int width)
    {
        random.manual_seed(1);
        Compare(new ConvNetBackbone(new() { Channels = [8, 20, 32] }), height, width);
        Compare(new ResNet50Backbone(new()), height, width);
        Compare(new ResNetBackbone(new()), height, width);
        Compare(new ResNet50Backbone(new() { Pooling = FeaturePooling.Average, LayerNorm = false }), height, width);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(26)]
    public void Vision_transformers_give_the_same_features(int side)
    {
        random.manual_seed(3);
        var tiny = new VitOptions { Patch = 4, ImageSize = 16, Width = 24, Depth = 2, Heads = 3 };
        Compare(new VitBackbone(tiny), side, side);
        Compare(new VitBackbone(tiny with { Registers = 2, Pooling = VitPooling.Mean }), side, side);
        Compare(new VitBackbone(tiny with { Activation = VitActivation.SwiGlu, Hidden = 40 }), side, side);
        Compare(new VitBackbone(tiny with { Family = VitFamily.Clip, ProjectionSize = 10 }), side, side);
        Compare(new VitBackbone(tiny with { Family = VitFamily.Timm, Registers = 4, LayerScale = true }), side, side);
        Compare(new VitBackbone(tiny with { Family = VitFamily.Timm, PreNorm = true, Activation = VitActivation.QuickGelu }), side, side);
    }

    [Fact]
    public void A_head_is_added_to_any_graph()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        random.manual_seed(2);
        var (hidden, head) = (nn.Linear(7, 5), nn.Linear(5, 4));
        var graph = new OnnxGraph();
        graph.AddInput("features", "batch", "7");
        graph.Linear(hidden);
        graph.Gelu();
        graph.Linear(head);
        graph.UnitRows();
        graph.Write(folder.File("head.onnx"), "embeddings", "batch", "4");
        var features = randn(9, 7);
        var expected = nn.functional.normalize(head.call(nn.functional.gelu(hidden.call(features))), p: 2, dim: 1);
        Close(expected, Run(folder.File("head.onnx"), features, "embeddings"));
    }

    [Theory]
    [InlineData(13)]
    [InlineData(18)]
    public void A_model_is_gone_on_with_in_its_own_operators(int opset)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var model = new TinyOnnx(opset).Input("x", TinyOnnx.Float, -1, 3, 2, 4).Output("y", TinyOnnx.Float, -1, 8, 3).Integers("shape", 0, 3, 8)
            .Node("Reshape", "x shape", "flat").Node("Transpose", "flat", "y", OnnxAttribute.Of("perm", [0L, 2, 1])).Write(folder.File("model.onnx"));
        using var backbone = new OnnxBackbone(new() { Model = model, Pooling = OnnxPooling.Mean }, new("/"));
        using var module = backbone.CreateModule();
        var head = nn.Linear(3, 4);
        var graph = ((IOnnxExportable)module).ToOnnx(side: 224);
        Assert.Equal(opset, graph.Opset);
        graph.Linear(head);
        graph.UnitRows();
        graph.Write(folder.File("whole.onnx"), "embeddings", "batch", "4");
        var images = rand(5, 3, 2, 4);
        using var noGradient = no_grad();
        var expected = nn.functional.normalize(head.call(images.mean([2, 3])), p: 2, dim: 1);
        Close(expected, Run(folder.File("whole.onnx"), images, "embeddings"));

        // Names of what was written before do not get in the way of what is added to it.
        var again = OnnxGraph.Extending(folder.File("whole.onnx"), "embeddings");
        again.Add("Neg", [again.Result]);
        again.Write(folder.File("again.onnx"), "embeddings", "batch", "4");
        using var session = new InferenceSession(folder.File("again.onnx"));
        Close(-expected, Run(folder.File("again.onnx"), images, session.OutputNames[0]));
    }

    [Fact]
    public void The_maps_of_the_trained_network_get_a_head()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var backbone = new OnnxBackbone(new() { Model = Photographs.ResNet18 }, new("/"));
        using var module = backbone.CreateModule();
        var head = nn.Linear(512, 16);
        var graph = ((IOnnxExportable)module).ToOnnx(side: 224);
        graph.Linear(head);
        graph.UnitRows();
        graph.Write(folder.File("whole.onnx"), "embeddings", "1", "16");
        var image = Photographs.Middles(224).narrow(0, 2, 1);
        using var noGradient = no_grad();
        Close(nn.functional.normalize(head.call(module.call(image)), p: 2, dim: 1), Run(folder.File("whole.onnx"), image, "embeddings"));
        Assert.Equal(
            "Expected a model of operator set 9 or later for an MLP head, found 8; export the model anew with a later one, or take a linear head.",
            Assert.Throws<DmlException>(() => graph.Gelu()).Message);
    }

    [Fact]
    public void Weights_beside_a_model_and_values_that_it_lacks_are_refused()
    {
        using var folder = new TemporaryFolder();
        TinyOnnx Model() => new TinyOnnx().Input("x", TinyOnnx.Float, -1, 2).Output("y", TinyOnnx.Float, -1, 2).Node("Relu", "x", "y");
        var parted = Model().ExternalWeight("w", [2], "w.bin").Write(folder.File("parted.onnx"));
        Assert.Equal(
            $"{parted}: expected a model with its weights in one file, found weights in w.bin beside it; "
                + "save the model as one file, with onnx.save_model(save_as_external_data=False).",
            Assert.Throws<DmlException>(() => OnnxGraph.Extending(parted, "y")).Message);
        var whole = Model().Write(folder.File("whole.onnx"));
        Assert.Equal(
            $"{whole}: expected a value \"z\", found none of that name; name one of its values.",
            Assert.Throws<DmlException>(() => OnnxGraph.Extending(whole, "z")).Message);
    }

    private static void Compare(IBackbone backbone, int height, int width)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var module = backbone.CreateModule();

        // Running statistics of their own, so that batch norm has something to do.
        foreach (var (name, buffer) in module.named_buffers())
        {
            if (name.EndsWith("running_mean", StringComparison.Ordinal)) buffer.copy_(0.1 * randn(buffer.shape));
            if (name.EndsWith("running_var", StringComparison.Ordinal)) buffer.copy_(0.5 + rand(buffer.shape));
        }

        if (backbone is VitBackbone)
        {
            foreach (var parameter in module.parameters()) parameter.add_(0.1 * randn(parameter.shape));
        }

        module.eval();
        var file = folder.File("model.onnx");
        ((IOnnxExportable)module).ToOnnx(height).Write(file, "features", "batch", $"{backbone.FeatureSize}");
        var images = randn(3, 3, height, width);
        Close(module.call(images), Run(file, images, "features"));
    }

    private static Tensor Run(string file, Tensor input, string output)
    {
        using var session = new InferenceSession(file);
        Assert.Equal([output], session.OutputNames);
        using var value = OrtValue.CreateTensorValueFromMemory(input.contiguous().data<float>().ToArray(), input.shape);
        using var run = new RunOptions();
        using var results = session.Run(run, session.InputNames, [value], [output]);
        return tensor(results[0].GetTensorDataAsSpan<float>().ToArray()).reshape(results[0].GetTensorTypeAndShape().Shape);
    }

    private static void Close(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        var difference = (expected - actual).abs().max().item<float>() / expected.abs().max().item<float>();
        Assert.True(difference < 1e-4, $"off by {difference:G3} of the greatest number");
    }
}
