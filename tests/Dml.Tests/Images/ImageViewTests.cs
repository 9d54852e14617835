using Dml.Engine.Images;
using Dml.Numerics;

namespace Dml.Tests.Images;

public class ImageViewTests
{
    private static readonly InputNormalization Plain = new([0, 0, 0], [1, 1, 1]);

    [Fact]
    public void Evaluation_sees_a_crop_and_influence_the_whole_image()
    {
        var images = Set(Noise(30, 20), Noise(20, 30));
        var options = new ImageOptions { Size = 8, Resize = 10, InfluenceResize = 12 };
        var transform = new ImageTransform(options, Plain);
        Assert.Equal((8, 8), transform.SizeOf(images, 0, ImageView.Evaluation));
        Assert.Equal([(18, 12), (12, 18)], [transform.SizeOf(images, 0, ImageView.Influence), transform.SizeOf(images, 1, ImageView.Influence)]);
        var resized = BilinearResize.Resize(images.Original(0), 18, 12);
        var seen = new float[3 * 18 * 12];
        transform.Look(images, 0, ImageView.Influence, seen);
        for (var channel = 0; channel < 3; channel++)
        {
            for (var pixel = 0; pixel < 18 * 12; pixel++) Assert.Equal(resized.Pixels[(3 * pixel) + channel] / 255f, seen[(channel * 18 * 12) + pixel]);
        }
    }

    [Theory]
    [InlineData(8, 8, null, null, true)]
    [InlineData(9, 8, null, null, false)]
    [InlineData(8, 8, 10, null, false)]
    [InlineData(8, 8, 10, 10, false)]
    [InlineData(8, 8, null, 9, false)]
    public void Views_agree_only_where_every_image_gives_the_same_pixels(int width, int height, int? resize, int? influence, bool agree)
    {
        var images = Set(Noise(8, 8), Noise(width, height));
        var options = new ImageOptions { Size = 8, Resize = resize, InfluenceResize = influence };
        Assert.Equal(agree, new ImageTransform(options, Plain).ViewsAgree(images));
        Assert.True(new ImageTransform(options with { InfluenceView = InfluenceView.Crop }, Plain).ViewsAgree(images));
    }

    [Fact]
    public void A_backbone_that_wants_blue_first_gets_it_in_every_view()
    {
        var images = Set(Noise(12, 9));
        var normalization = new InputNormalization([0.1f, 0.2f, 0.3f], [0.5f, 0.6f, 0.7f]);
        foreach (var kind in Enum.GetValues<AugmentationKind>())
        {
            var options = new ImageOptions { Size = 8, Resize = 9, Augmentation = new() { Kind = kind, HorizontalFlip = true } };
            var (rgb, bgr) = (new ImageTransform(options, normalization), new ImageTransform(options, normalization with { Order = ChannelOrder.Bgr }));
            AssertSwapped(8 * 8, (t, pixels) => t.Augment(images, 0, 1, 2, pixels), rgb, bgr);
            AssertSwapped(8 * 8, (t, pixels) => t.Look(images, 0, ImageView.Evaluation, pixels), rgb, bgr);
            AssertSwapped(10 * 8, (t, pixels) => t.Look(images, 0, ImageView.Influence, pixels), rgb, bgr);
        }
    }

    [Fact]
    public void Without_augmentation_a_training_image_is_its_evaluation_view_or_the_mirror_of_it()
    {
        var images = Set(Noise(12, 9));
        var transform = new ImageTransform(new ImageOptions { Size = 8, Augmentation = new() { Kind = AugmentationKind.None, HorizontalFlip = true } }, Plain);
        var (evaluated, seen) = (new float[transform.Length], new float[transform.Length]);
        transform.Look(images, 0, ImageView.Evaluation, evaluated);
        var mirrored = evaluated.Chunk(8).SelectMany(row => row.Reverse()).ToArray();
        var mirrors = 0;
        for (var epoch = 0; epoch < 200; epoch++)
        {
            transform.Augment(images, 0, 0, epoch, seen);
            if (seen.SequenceEqual(mirrored)) mirrors++;
            else Assert.Equal(evaluated, seen);
        }

        Assert.InRange(mirrors, 70, 130);
    }

    [Fact]
    public void A_random_resized_crop_is_the_drawn_part_and_its_mirror()
    {
        var original = Noise(40, 30);
        var options = new AugmentationOptions { Kind = AugmentationKind.RandomResizedCrop, HorizontalFlip = true };
        var transform = new ImageTransform(new ImageOptions { Size = 8, Augmentation = options }, Plain);
        var seen = new float[transform.Length];
        for (var index = 0; index < 20; index++)
        {
            transform.Augment(Set(Enumerable.Repeat(original, 20).ToArray()), index, 5, 6, seen);
            var draw = CropDraw.Of(options, 40, 30, 5, 6, index);
            var part = BilinearResize.ResizeCrop(original, draw, 8, 8);
            for (var channel = 0; channel < 3; channel++)
            {
                for (var pixel = 0; pixel < 64; pixel++)
                {
                    var from = draw.Mirror ? (8 * (pixel / 8)) + 7 - (pixel % 8) : pixel;
                    Assert.Equal(part.Pixels[(3 * from) + channel] / 255f, seen[(64 * channel) + pixel]);
                }
            }
        }
    }

    private static void AssertSwapped(int plane, Action<ImageTransform, float[]> look, ImageTransform rgb, ImageTransform bgr)
    {
        var (first, second) = (new float[3 * plane], new float[3 * plane]);
        look(rgb, first);
        look(bgr, second);
        Assert.Equal(first[..plane], second[(2 * plane)..]);
        Assert.Equal(first[plane..(2 * plane)], second[plane..(2 * plane)]);
        Assert.Equal(first[(2 * plane)..], second[..plane]);
        Assert.NotEqual(first, second);
    }

    private static ImageSet Set(params RgbImage[] images) => ImageSet.FromMemory([.. images.Select((_, i) => new ImageSample($"{i}", $"{i}.png", 0))], images);

    private static RgbImage Noise(int width, int height)
    {
        var random = new CounterRandom(width, height, 0);
        return new RgbImage(width, height, [.. Enumerable.Range(0, 3 * width * height).Select(_ => (byte)random.NextBelow(256))]);
    }
}
