using Dml.Engine.Images;
using Dml.Engine.Models;
using Dml.Numerics;
using Dml.Plugins;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Training;

[Collection(AloneCollection.Name)]
public class FeatureExtractorTests
{
    [Fact]
    public void Images_of_several_shapes_give_the_features_that_each_gives_alone_in_the_order_of_the_split()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(0);
        var backbone = new ConvNetBackbone(new() { Channels = [4, 8] });
        using var model = new Network(backbone, 4);
        var transform = new ImageTransform(new ImageOptions { Size = 8 }, backbone.Normalization);
        var images = Images(
            [.. Enumerable.Range(0, 23).Select(i => ((int[])[8, 12, 9, 20])[i * 7 % 4]).Select((longer, i) => i % 3 == 0 ? (8, longer) : (longer, 8))]);
        var together = Extract(model, images, transform, SilentProgress.Instance, 5);
        model.SetTraining(false);
        using var noGradient = no_grad();
        for (var i = 0; i < images.Samples.Count; i++)
        {
            var (width, height) = transform.SizeOf(images, i, ImageView.Influence);
            var pixels = new float[3 * width * height];
            transform.Look(images, i, ImageView.Influence, pixels);
            var alone = model.Features(tensor(pixels, [1, 3, height, width]))[0];
            Assert.True((together[i] - alone).abs().max().item<float>() < 1e-5f, $"image {i} of {width} x {height}");
        }

        var distances = (together.unsqueeze(0) - together.unsqueeze(1)).abs().amax([2]) + (eye(images.Samples.Count) * 1000);
        Assert.True(distances.min().item<float>() > 1e-3f, "two images alike would hide a wrong order");
    }

    [Theory]
    [InlineData(64, 64, 64, 64)]
    [InlineData(256, 256, 64, 64)]
    [InlineData(512, 512, 64, 32)]
    [InlineData(512, 512, 8, 8)]
    [InlineData(4096, 2048, 64, 1)]
    [InlineData(4096, 2049, 64, 1)]
    [InlineData(32768, 8192, 64, 1)]
    [InlineData(1, 1, int.MaxValue, 8 << 20)]
    public void A_batch_holds_eight_megapixels_or_one_image(int width, int height, int batchSize, int expected) =>
        Assert.Equal(expected, FeatureExtractor.ImagesAtOnce((width, height), batchSize));

    [Fact]
    public void Large_views_go_through_the_backbone_a_few_at_once_and_small_ones_together()
    {
        using var scope = NewDisposeScope();
        var backbone = new MeanBackbone();
        using var model = new Network(backbone, 2);
        var images = Images([(8, 8), (12, 8), (8, 8), (12, 8), (8, 8), (12, 8)]);
        var transform = new ImageTransform(new ImageOptions { Size = 8, InfluenceResize = 1448 }, backbone.Normalization);
        var progress = new RecordedProgress();
        using var features = Extract(model, images, transform, progress, 64);

        // 1448 x 1448 is a quarter of 8 Mpx, 2172 x 1448 more than a third.
        Assert.Equal([(3L, 1448L), (2L, 2172L), (1L, 2172L)], backbone.Seen);
        Assert.Equal([3L, 5L, 6L], progress.Reports.Select(r => r.Done));
        for (var i = 0; i < 6; i++) Assert.Equal(images.Original(i).Pixels.Average(p => p / 255.0), features[i].mean().item<float>(), 0.01);
    }

    private static Tensor Extract(Network model, ImageSet images, ImageTransform transform, IProgress<ProgressReport> progress, int batchSize) =>
        FeatureExtractor.Extract(model, images, transform, ImageView.Influence, "embed", progress, CancellationToken.None, batchSize);

    /// <summary>Noise about a brightness of its own for each image.</summary>
    private static ImageSet Images((int Width, int Height)[] sizes)
    {
        var images = sizes.Select((size, i) =>
        {
            var noise = new CounterRandom(3, 0, i);
            return new RgbImage(
                size.Width, size.Height, [.. Enumerable.Range(0, 3 * size.Width * size.Height).Select(_ => (byte)((8 * i) + noise.NextBelow(60)))]);
        });
        return ImageSet.FromMemory([.. sizes.Select((_, i) => new ImageSample($"{i}", $"{i}.png", 0))], [.. images]);
    }

    /// <summary>The mean of each channel; keeps how many images of which width came together.</summary>
    private sealed class MeanBackbone : IBackbone
    {
        public List<(long Count, long Width)> Seen { get; } = [];

        public int FeatureSize => 3;

        public InputNormalization Normalization { get; } = new([0, 0, 0], [1, 1, 1]);

        public nn.Module<Tensor, Tensor> CreateModule() => new Module(Seen);

        private sealed class Module(List<(long Count, long Width)> seen) : nn.Module<Tensor, Tensor>("Mean")
        {
            public override Tensor forward(Tensor input)
            {
                seen.Add((input.shape[0], input.shape[3]));
                return input.mean([2, 3]);
            }
        }
    }
}
