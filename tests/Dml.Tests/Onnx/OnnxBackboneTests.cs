using Dml.Plugins;
using Dml.Storage;
using Dml.Testing;
using Dml.Tests.Support;
using Dml.Tests.Testing;
using Dml.Tests.Training;
using static TorchSharp.torch;

namespace Dml.Tests.Onnx;

[Collection(AloneCollection.Name)]
public sealed class OnnxBackboneTests
{
    private const string Trained = "a network trained on ImageNet";

    /// <summary>D weights of an image of two numbers a channel: features are its channels' means, and their doubles.</summary>
    private static readonly float[] Doubling = [1, 0, 0, 0, 1, 0, 0, 0, 1, 2, 0, 0, 0, 2, 0, 0, 0, 2];

    [Fact]
    public void A_trained_network_keeps_the_contract()
    {
        using var backbone = ResNet18();
        BackboneConformance.Check(backbone, 224);
        Assert.Equal(512, backbone.FeatureSize);
        Assert.Equal((224, 224), backbone.Frozen!.ImageSize);
        Assert.Contains("Pooling395_Output_0 (?, 512, 1, 1)", backbone.Frozen.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Features_of_photographs_are_those_of_a_second_computation_in_float64()
    {
        using var scope = NewDisposeScope();
        var images = Photographs.Middles(224);
        using var backbone = ResNet18();
        using var module = backbone.CreateModule();
        var features = module.call(images);
        var plain = PlainOnnx.Read(Photographs.ResNet18);
        for (var i = 0; i < Photographs.Count; i++)
        {
            using var inner = NewDisposeScope();
            var expected = plain.Run(images.narrow(0, i, 1)).flatten();
            var difference = (features[i].to(float64) - expected).abs().max().item<double>() / expected.abs().max().item<double>();
            Assert.True(difference < 1e-4, $"{Trained}, photograph {i + 1}: off by {difference:G3} of the greatest feature.");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(0)]
    public void A_model_of_a_fixed_batch_gives_what_one_of_any_batch_gives(int batch)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var backbone = Open(Means(batch).Write(folder.File("model.onnx")));
        using var module = backbone.CreateModule();
        var images = rand(6, 3, 4, 4);
        var means = images.mean([2, 3]);
        Close(cat([means, 2 * means], 1), module.call(images));
        BackboneConformance.Check(backbone, 4);
    }

    [Fact]
    public void Channels_that_come_last_are_found_and_can_be_said()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var file = new TinyOnnx().Input("x", TinyOnnx.Float, -1, 4, 5, 3).Output("y", TinyOnnx.Float, -1, 3)
            .Node("ReduceMean", "x", "y", OnnxAttribute.Of("axes", [1L, 2]), OnnxAttribute.Of("keepdims", 0)).Write(folder.File("last.onnx"));
        var images = rand(3, 3, 4, 5);
        using var found = Open(file);
        using var module = found.CreateModule();
        Close(images.mean([2, 3]), module.call(images));
        Assert.Equal((4, 5), found.Frozen!.ImageSize);
        Refused(
            $"backbone.layout {file}: expected three channels, red, green and blue, found 4 in x (?, 4, 5, 3) as nchw; "
                + "choose the other layout, or a model of colour images.",
            new() { Model = file, Layout = OnnxLayout.Nchw });
        var open = new TinyOnnx().Input("x", TinyOnnx.Float, -1, -1, -1, -1).Output("y", TinyOnnx.Float, -1, 3)
            .Node("ReduceMean", "x", "y", OnnxAttribute.Of("axes", [1L, 2]), OnnxAttribute.Of("keepdims", 0)).Write(folder.File("open.onnx"));
        using var said = Open(open, new() { Model = open, Layout = OnnxLayout.Nhwc });
        using var other = said.CreateModule();
        Close(images.mean([2, 3]), other.call(images));
        Refused(
            $"backbone.layout {open}: expected three channels in the second dimension or in the last, found x (?, ?, ?, ?); "
                + "give nchw or nhwc, or a model of images of three channels if it has another number.",
            new() { Model = open });
    }

    [Theory]
    [InlineData(TinyOnnx.Half)]
    [InlineData(TinyOnnx.Bytes)]
    public void Images_and_features_of_other_number_types_are_converted(int type)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var file = new TinyOnnx().Input("x", type, -1, 3, 2, 2).Output("y", TinyOnnx.Half, -1, 12)
            .Node("Cast", "x", "half", OnnxAttribute.Of("to", TinyOnnx.Half)).Node("Flatten", "half", "y").Write(folder.File("types.onnx"));
        using var backbone = Open(file);
        using var module = backbone.CreateModule();
        var images = randint(0, 256, [3, 3, 2, 2], float32);
        var features = module.call(images);
        Assert.Equal(ScalarType.Float32, features.dtype);
        Close(images.flatten(1), features);
        if (type == TinyOnnx.Bytes) Assert.Equal(1 / 255f, backbone.Normalization.Std[0]);
    }

    [Fact]
    public void One_of_several_outputs_is_chosen_or_the_only_one_of_two_dimensions()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        TinyOnnx Model() => new TinyOnnx().Input("x", TinyOnnx.Float, -1, 3, -1, -1).Output("tokens", TinyOnnx.Float, -1, 3, -1)
            .Output("pooled", TinyOnnx.Float, -1, 3).Integers("shape", 0, 3, -1).Node("Reshape", "x shape", "tokens")
            .Node("ReduceMean", "tokens", "pooled", OnnxAttribute.Of("axes", [2L]), OnnxAttribute.Of("keepdims", 0));
        var images = rand(2, 3, 2, 2);
        using var found = Open(Model().Write(folder.File("two.onnx")));
        using var module = found.CreateModule();
        Close(images.mean([2, 3]), module.call(images));
        var three = Model().Output("again", TinyOnnx.Float, -1, 3).Node("Identity", "pooled", "again").Write(folder.File("three.onnx"));
        Refused(
            $"backbone.output {three}: expected one output, or one of two dimensions (B, D), found tokens (?, 3, ?), pooled (?, 3), again (?, 3); "
                + "give the name of the one that is taken as features.",
            new() { Model = three });
        Refused(
            $"backbone.output {three}: expected an output \"none\", found tokens (?, 3, ?), pooled (?, 3), again (?, 3); "
                + "give the name of the one that is taken as features.",
            new() { Model = three, Output = "none" });
        using var chosen = Open(three, new() { Model = three, Output = "again" });
        Assert.Equal(3, chosen.FeatureSize);
    }

    [Theory]
    [InlineData(OnnxPooling.Mean)]
    [InlineData(OnnxPooling.First)]
    public void Tokens_and_maps_are_pooled_where_it_is_asked_for(OnnxPooling pooling)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();

        // Tokens are the pixels, their numbers the three colours.
        var file = new TinyOnnx().Input("x", TinyOnnx.Float, -1, 3, 2, 4).Output("y", TinyOnnx.Float, -1, 8, 3).Integers("shape", 0, 3, 8)
            .Node("Reshape", "x shape", "flat").Node("Transpose", "flat", "y", OnnxAttribute.Of("perm", [0L, 2, 1])).Write(folder.File("tokens.onnx"));
        using var backbone = Open(file, new() { Model = file, Pooling = pooling });
        using var module = backbone.CreateModule();
        var images = rand(3, 3, 2, 4);
        Close(pooling == OnnxPooling.Mean ? images.mean([2, 3]) : images[.., .., 0, 0], module.call(images));
        Refused(
            $"backbone.pooling {file}: expected an output (B, D), found y (1, 8, 3); choose mean or first, or another backbone.output.",
            new() { Model = file });
        var maps = new TinyOnnx().Input("x", TinyOnnx.Float, -1, 3, -1, -1).Output("y", TinyOnnx.Float, -1, 3, -1, -1).Node("Relu", "x", "y")
            .Write(folder.File("maps.onnx"));
        using var mapped = Open(maps, new() { Model = maps, Pooling = OnnxPooling.Mean });
        using var other = mapped.CreateModule();
        Close(images.mean([2, 3]), other.call(images));
        BackboneConformance.Check(mapped, 5);
        Refused(
            $"backbone.pooling {maps}: expected an output of tokens (B, T, D), found y (1, 3, 224, 224); leave pooling out, or choose another output.",
            new() { Model = maps, Pooling = OnnxPooling.First });
    }

    [Theory]
    [InlineData("dml.mean=0.1 0.2 0.3,dml.std=1 2 4,dml.channels=bgr", 0.1f, 1f, ChannelOrder.Bgr, "noted in the model")]
    [InlineData("Image.NominalPixelRange=NominalRange_0_255,Image.BitmapPixelFormat=Bgr8", 0f, 1 / 255f, ChannelOrder.Bgr, "noted in the model")]
    [InlineData("Image.NominalPixelRange=Normalized_1_1", 0.5f, 0.5f, ChannelOrder.Rgb, "noted in the model")]
    [InlineData("", 0.485f, 0.229f, ChannelOrder.Rgb, "assumed")]
    public void Normalisation_is_the_one_that_the_model_notes(string notes, float mean, float std, ChannelOrder order, string source)
    {
        using var folder = new TemporaryFolder();
        var model = Means(0);
        foreach (var note in notes.Split(',', StringSplitOptions.RemoveEmptyEntries)) model.Note(note.Split('=')[0], note.Split('=')[1]);
        var file = model.Write(folder.File("noted.onnx"));
        using var backbone = Open(file);
        Assert.Equal((mean, std, order), (backbone.Normalization.Mean[0], backbone.Normalization.Std[0], backbone.Normalization.Order));
        Assert.Contains(source, backbone.Frozen!.Description, StringComparison.Ordinal);
        using var given = Open(file, new() { Model = file, Mean = [0, 0, 0], Std = [1, 1, 1], Channels = OnnxChannels.Rgb });
        Assert.Equal((0f, 1f, ChannelOrder.Rgb), (given.Normalization.Mean[0], given.Normalization.Std[0], given.Normalization.Order));
        Refused("backbone.mean: expected three finite numbers, for red, green and blue, found [0]; give three.", new() { Model = file, Mean = [0] });
    }

    [Fact]
    public void Images_of_another_size_than_the_only_one_are_refused()
    {
        using var backbone = ResNet18();
        using var module = backbone.CreateModule();
        using var images = zeros(1, 3, 64, 80);
        var error = Assert.Throws<DmlException>(() => module.call(images));
        Assert.Equal(
            $"{Photographs.ResNet18}: expected images of 224 x 224 pixels, the only size that the model takes, found 80 x 64; "
                + "set images.size to 224 and images.influenceView to crop.",
            error.Message);
    }

    [Fact]
    public void A_model_that_takes_no_images_or_lacks_a_file_is_refused()
    {
        using var folder = new TemporaryFolder();
        var text = new TinyOnnx().Input("ids", 7, -1, -1).Output("y", 7, -1, -1).Node("Identity", "ids", "y").Write(folder.File("text.onnx"));
        Refused(
            $"{text}: expected an input of images (B, 3, H, W) or (B, H, W, 3), found ids (?, ?) of Int64; give a model of images.", new() { Model = text });
        var parted = new TinyOnnx().Input("x", TinyOnnx.Float, -1, 3, 2, 2).Output("y", TinyOnnx.Float, -1, 2).ExternalWeight("w", [12, 2], "weights.bin")
            .Node("Flatten", "x", "flat").Node("MatMul", "flat w", "y").Write(folder.File("parted.onnx"));
        Refused(
            $"{parted}: expected the file {folder.File("weights.bin")}, which holds weights of the model, found none; put it beside the model.",
            new() { Model = parted });
        File.WriteAllBytes(folder.File("weights.bin"), [.. Enumerable.Range(0, 24).SelectMany(i => BitConverter.GetBytes((float)i))]);
        using var whole = Open(parted);
        Assert.Equal([parted, folder.File("weights.bin")], whole.Frozen!.Files);
        var unknown = new TinyOnnx().Input("x", TinyOnnx.Float, -1, 3, 2, 2).Output("y", TinyOnnx.Float, -1, 2).Node("NoSuchThing", "x", "y")
            .Write(folder.File("unknown.onnx"));
        var error = Assert.Throws<DmlException>(() => Open(unknown).FeatureSize);
        Sentences.AssertLike(
            $"{unknown}: expected an ONNX model that ONNX Runtime * opens, but it refused it (*NoSuchThing*); "
                + "check the file, or export it anew with operators that this version has.",
            error.Message);
    }

    private static OnnxBackbone ResNet18() => Open(Photographs.ResNet18);

    private static OnnxBackbone Open(string file, OnnxOptions? options = null) => new(options ?? new() { Model = file }, new("/"));

    /// <summary>Means of the channels and their doubles, for a batch of a size or, if 0, of any.</summary>
    private static TinyOnnx Means(int batch) => new TinyOnnx()
        .Input("x", TinyOnnx.Float, batch == 0 ? -1 : batch, 3, 4, 4).Output("y", TinyOnnx.Float, batch == 0 ? -1 : batch, 6)
        .Weight("w", [6, 3], Doubling).Weight("b", [6], new float[6])
        .Node("GlobalAveragePool", "x", "maps").Node("Flatten", "maps", "means").Node("Gemm", "means w b", "y", OnnxAttribute.Of("transB", 1));

    private static void Refused(string sentence, OnnxOptions options)
    {
        using var backbone = new OnnxBackbone(options, new("/"));
        Assert.Equal(sentence, Assert.Throws<DmlException>(() => backbone.FeatureSize).Message);
    }

    private static void Close(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.True((expected - actual).abs().max().item<float>() <= 1e-6 * Math.Max(1, expected.abs().max().item<float>()));
    }
}
