using Dml.Engine.Evaluation;
using Dml.Engine.Features;
using Dml.Engine.Images;
using Dml.Engine.Models;
using Dml.Engine.Runs;
using Dml.Numerics;
using Dml.Plugins;
using Dml.Storage;
using Dml.Tests.Support;
using SkiaSharp;
using static TorchSharp.torch;

namespace Dml.Tests.EndToEnd;

/// <summary>A run on images that are not square, where evaluation sees a crop and influence the whole image at another size.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class ImageViewRunTests : IDisposable
{
    private const int Size = 24;
    private const int Resize = 28;
    private readonly TemporaryFolder _folder = new();
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();

    [Fact]
    public void The_saved_evaluation_features_are_those_of_the_evaluation_view_alone()
    {
        Draw();
        string[] settings = ["--set", TinyTraining.FolderDataset("images"), "--set", $"images.resize={Resize}", "--set", "images.influenceResize=20"];
        var run = TinyTraining.Train(_folder, "run", settings);
        using var saved = Features(run);
        var evaluation = Assert.IsType<Tensor>(saved.EvaluationFeatures, exactMatch: false);
        using var model = Model(run);
        Assert.Equal(32, saved.TestCount);
        for (var i = 0; i < saved.TestCount; i++)
        {
            var expected = model.Features(Look(_folder.File("images/" + saved.TestIds[i])))[0];
            Assert.True((evaluation[i] - expected).abs().max().item<float>() < 1e-5f, saved.TestIds[i]);
            Assert.True((saved.TestFeatures[i] - expected).abs().max().item<float>() > 1e-3f, saved.TestIds[i]);
        }

        // The same model where influence sees the evaluation view too: one view, of the same bits and the same quality.
        DmlCommand.Succeed(
            ["import", TinyTraining.WriteConfig(_folder), "--weights", Path.Combine(run, "model.safetensors"), "--out", _folder.File("crop"), .. settings,
                "--set", "images.influenceView=crop"]);
        using var crop = Features(_folder.File("crop"));
        Assert.Null(crop.EvaluationFeatures);
        Assert.Equal(evaluation.data<float>().ToArray(), crop.TestFeatures.data<float>().ToArray());
        var (both, one) = (Metrics(run), Metrics(_folder.File("crop")));
        Assert.Equal((RetrievalEvaluation.EvaluationView, RetrievalEvaluation.SharedView), (both.View, one.View));
        Assert.Equal((one.WrongItems, one.MapAtR), (both.WrongItems, both.MapAtR));
        Assert.Equal(one.Recall, both.Recall);
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    private static FeatureSet Features(string run) => FeatureFile.Read(Path.Combine(run, "features.safetensors"));

    private static RunMetrics Metrics(string run) => RunMetrics.TryRead(Path.Combine(run, "metrics.json"))!;

    /// <summary>The run's backbone, in evaluation mode.</summary>
    private static Network Model(string run)
    {
        var model = new Network(new ConvNetBackbone(new() { Channels = [8, 16] }), 16);
        var file = SafeTensors.Open(Path.Combine(run, "model.safetensors"));
        using var noGradient = no_grad();
        foreach (var (name, tensor) in model.Backbone.state_dict()) tensor.copy_(file.Load("backbone." + name));
        model.SetTraining(false);
        return model;
    }

    /// <summary>The evaluation view in plain loops: shorter side to 28, the middle 24 x 24, normalised.</summary>
    private static Tensor Look(string file)
    {
        var image = ImageDecoder.Decode(file);
        var shorter = Math.Min(image.Width, image.Height);
        var resized = BilinearResize.Resize(image, Resize * image.Width / shorter, Resize * image.Height / shorter);
        var normalization = new ConvNetBackbone(new() { Channels = [8, 16] }).Normalization;
        var (left, top) = (Start(resized.Width), Start(resized.Height));
        var pixels = new float[3 * Size * Size];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (channel, row, column) = (i / (Size * Size), i / Size % Size, i % Size);
            var level = resized.Pixels[(3 * (((top + row) * resized.Width) + left + column)) + channel];
            pixels[i] = ((level / 255f) - normalization.Mean[channel]) / normalization.Std[channel];
        }

        return tensor(pixels, [1, 3, Size, Size]);

        static int Start(int length) => (int)Math.Round((length - Size) / 2.0, MidpointRounding.ToEven);
    }

    /// <summary>20 classes of four images, each of another shape, with noise that no two crops share.</summary>
    private void Draw()
    {
        (int Width, int Height)[] sizes = [(40, 28), (28, 41), (33, 25), (60, 30)];
        for (var label = 0; label < 20; label++)
        {
            Directory.CreateDirectory(_folder.File($"images/class{label:00}"));
            foreach (var (index, (width, height)) in sizes.Index())
            {
                var noise = new CounterRandom(label, 0, index);
                using var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
                for (var pixel = 0; pixel < width * height; pixel++)
                {
                    bitmap.SetPixel(
                        pixel % width, pixel / width,
                        SKColor.FromHsv((18 * label) + noise.NextBelow(40), 40 + noise.NextBelow(60), 30 + (60 * (pixel % width) / width)));
                }

                using var stream = File.Create(_folder.File($"images/class{label:00}/{index}.png"));
                Assert.True(bitmap.Encode(stream, SKEncodedImageFormat.Png, 100));
            }
        }
    }
}
